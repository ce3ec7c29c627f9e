import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isRunning, TestLambda, until } from "../fixtures/local-lambda.ts";

const driverFile = fileURLToPath(new URL("../fixtures/local-lambda-driver.ts", import.meta.url));

/** A process that holds an embedded Lambda, and what it prints. */
class Driver {
  readonly process: ChildProcess;
  readonly lines: Array<Record<string, unknown>> = [];
  readonly ended: Promise<number | null>;

  constructor(folder: string, event: object | undefined, then: "close" | "exit" | "stay" | "end") {
    const args = [driverFile, ...(event === undefined ? [] : [JSON.stringify(event), then])];
    const env = { ...process.env, TMPDIR: folder, NODE_OPTIONS: "--disable-warning=ExperimentalWarning" };
    this.process = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
    let rest = "";
    this.process.stdout?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.lines.push(JSON.parse(line));
    });
    this.ended = new Promise((resolve) => this.process.on("close", resolve));
  }

  /** The processes of emulator and environment. */
  async pids(): Promise<[emulator: number, environment: number]> {
    await until(() => this.lines.length > 0);
    return [this.lines[0].emulator as number, this.lines[0].environment as number];
  }
}

let folder: string;
let marker: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fanopt-test-"));
  marker = join(folder, "..", `${folder.slice(folder.lastIndexOf("/") + 1)}.pids`);
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(marker, { force: true });
});

/** Nobody is left of these, and nothing of the emulator's files. */
async function expectNothingLeft(pids: number[]): Promise<void> {
  await until(() => !pids.some(isRunning));
  await until(() => !readdirSync(folder).some((name) => name.startsWith("fanopt-lambda-")));
}

/** The environment in its endless loop and the child that the handler has started. */
async function loopingPids(): Promise<number[]> {
  await until(() => existsSync(marker) && / \d+$/.test(readFileSync(marker, "utf8")));
  const pids = readFileSync(marker, "utf8").split(" ").map(Number);
  expect(pids.map(isRunning)).toEqual([true, true]);
  return pids;
}

describe("nothing is left", () => {
  test("when the driver is killed while an environment loops for ever", async () => {
    const driver = new Driver(folder, { do: "spawnChildAndLoop", file: marker }, "stay");
    const [emulator] = await driver.pids();
    const looping = await loopingPids();
    driver.process.kill("SIGKILL");
    await expectNothingLeft([emulator, ...looping]);
  });

  test("when the driver exits while an environment loops for ever", async () => {
    const driver = new Driver(folder, { do: "loop" }, "exit");
    const pids = await driver.pids();
    expect(await driver.ended).toBe(0);
    await expectNothingLeft(pids);
  });

  test("when the driver closes it while an environment loops for ever: by then all has ended", async () => {
    const driver = new Driver(folder, { do: "loop" }, "close");
    const pids = await driver.pids();
    await until(() => driver.lines.some((line) => line.closed));
    expect(pids.map(isRunning)).toEqual([false, false]);
    expect(await driver.ended).toBe(0);
    await expectNothingLeft(pids);
  });

  test("when the driver comes to its end without closing it, which it may", async () => {
    const driver = new Driver(folder, undefined, "end");
    const pids = await driver.pids();
    expect(await driver.ended).toBe(0);
    await expectNothingLeft(pids);
  });

  test("when the emulator is killed while an environment loops for ever; the driver goes on and is warned", async () => {
    const driver = new Driver(folder, { do: "spawnChildAndLoop", file: marker }, "stay");
    const [emulator] = await driver.pids();
    const looping = await loopingPids();
    process.kill(emulator, "SIGKILL");
    await expectNothingLeft([emulator, ...looping]);
    await until(() => driver.lines.some((line) => /was ended by SIGKILL/.test(String(line.warning))));
    expect(driver.process.exitCode).toBeNull();
    driver.process.kill("SIGKILL");
    await driver.ended;
  });

  test("of the environments when driver and emulator are killed together", async () => {
    const driver = new Driver(folder, { do: "wait", milliseconds: 60_000 }, "stay");
    const [emulator, environment] = await driver.pids();
    process.kill(emulator, "SIGSTOP");
    driver.process.kill("SIGKILL");
    await driver.ended;
    process.kill(emulator, "SIGKILL");
    await until(() => !isRunning(environment) && !isRunning(emulator));
  });

  test("when the emulator is asked to end", async () => {
    const driver = new Driver(folder, { do: "loop" }, "stay");
    const [emulator, environment] = await driver.pids();
    process.kill(emulator, "SIGTERM");
    await expectNothingLeft([emulator, environment]);
    driver.process.kill("SIGKILL");
    await driver.ended;
  });
});

test("closing twice, and at the end of a block, is fine", async () => {
  let pid: number;
  {
    await using local = await TestLambda.start();
    pid = local.lambda.pid;
    expect((await local.call({ do: "echo", value: 1 })).value).toBe(1);
    await Promise.all([local.lambda.close(), local.lambda.close()]);
    expect(isRunning(pid)).toBe(false);
  }
});

test("invocations in flight fail when it is closed", async () => {
  await using local = await TestLambda.start();
  const { pid } = (await local.call({ do: "who" })).value;
  const inFlight = local.call({ do: "wait", milliseconds: 60_000 }).catch((error) => error);
  await local.lambda.close();
  expect(await inFlight).toBeInstanceOf(Error);
  expect(isRunning(pid)).toBe(false);
});
