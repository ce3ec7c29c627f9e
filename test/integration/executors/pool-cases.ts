import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type DeathKind, WorkerDeath, type WorkerPool } from "../../../src/executors/chunks/worker-pool.ts";
import { isRunning, until } from "../../fixtures/local-lambda.ts";
import type { Deed } from "./fixtures/misbehaving-chunks.ts";
import { describeOne, fixture, openPool, type PoolKind, perform } from "./fixtures/pools.ts";

/** What workers of this machine have in common, whatever they are. */
export function describePool(kind: PoolKind): void {
  let folder: string;
  let marker: string;
  const opened: WorkerPool[] = [];

  async function open(options: object = {}, file?: string): Promise<WorkerPool> {
    const pool = await openPool(kind, { nWorkers: 2, ...options }, file);
    opened.push(pool);
    return pool;
  }

  /** A chunk in an endless loop, from when it is there. */
  async function loopIn(pool: WorkerPool, signal?: AbortSignal): Promise<{ ended: Promise<Error>; pid: number }> {
    const ended = perform(pool, { do: "mark and loop", file: marker }, signal).then(
      () => new Error("it ended"),
      (error) => error,
    );
    await until(() => existsSync(marker) && readFileSync(marker, "utf8").endsWith("\n"));
    return { ended, pid: Number(readFileSync(marker, "utf8")) };
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "fanopt-test-"));
    marker = join(folder, "marker");
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    await Promise.all(opened.splice(0).map((pool) => pool.close()));
    rmSync(folder, { recursive: true, force: true });
  });

  describe("chunks", () => {
    test.each([0, 1, 100, 5_000_000])("a reply of %i bytes arrives as it is", async (bytes) => {
      const reply = await perform(await open(), { do: "answer", bytes });
      expect(reply).toMatchObject({ kind: "outcomes", count: 1 });
      expect(reply.kind === "outcomes" && Buffer.from(reply.values).equals(Buffer.alloc(bytes, 7))).toBe(true);
    });

    test("run at the same time, each on a worker of its own, which is used again", async () => {
      const pool = await open();
      const seen = new Set<string>();
      for (let round = 0; round < 5; round++) {
        const both = await Promise.all([describeOne(pool), describeOne(pool)]);
        const names = both.map(({ pid, threadId }) => `${pid} ${threadId}`);
        expect(new Set(names).size).toBe(2);
        for (const name of names) seen.add(name);
      }
      expect(seen.size).toBe(2);
    });

    test("one after the other they share a worker: no other one is started", async () => {
      const pool = await open();
      const first = await describeOne(pool);
      for (let i = 0; i < 3; i++) expect(await describeOne(pool)).toEqual(first);
    });

    test("are told to start", async () => {
      const pool = await open();
      let starts = 0;
      await perform(pool, { do: "answer" }, undefined, () => {
        starts += 1;
      });
      expect(starts).toBe(1);
    });

    test("are told to start when the worker is up", async () => {
      vi.stubEnv("FANOPT_TEST_MARKER", marker);
      const pool = await open({}, fixture("./marks-when-loaded.ts"));
      let isUp: boolean | undefined;
      await perform(pool, { do: "answer" }, undefined, () => {
        isUp = existsSync(marker);
      });
      expect(isUp).toBe(true);
    });

    test("leave timers that go on when no chunk is there", async () => {
      const pool = await open();
      await perform(pool, { do: "mark later", file: marker });
      await until(() => existsSync(marker));
    });

    test("what the module itself throws is our own failure, and the worker goes on", async () => {
      const pool = await open();
      const before = await describeOne(pool);
      await expect(perform(pool, { do: "throw" })).rejects.toMatchObject({
        name: "InfrastructureError",
        code: "worker-failed",
        message: expect.stringContaining("thrown by the chunk"),
      });
      expect(await describeOne(pool)).toEqual(before);
    });

    test("leave no listener on a signal", async () => {
      const pool = await open();
      const { signal } = new AbortController();
      let listeners = 0;
      const add = signal.addEventListener.bind(signal);
      const remove = signal.removeEventListener.bind(signal);
      signal.addEventListener = (...given: Parameters<typeof add>) => {
        listeners += 1;
        add(...given);
      };
      signal.removeEventListener = (...given: Parameters<typeof remove>) => {
        listeners -= 1;
        remove(...given);
      };
      for (let i = 0; i < 20; i++) await perform(pool, { do: "answer" }, signal);
      await perform(pool, { do: "exit", code: 3 }, signal).catch(() => {});
      expect(listeners).toBe(0);
    });
  });

  describe("a worker that ends while it has a chunk", () => {
    const both: ReadonlyArray<[Deed, DeathKind, RegExp]> = [
      [{ do: "exit", code: 3 }, "exit", /^called process\.exit\(3\), or ended by itself with code 3$/],
      [{ do: "exit", code: 0 }, "exit", /^called process\.exit\(0\)/],
      [{ do: "fill memory" }, "out-of-memory", /ran out of memory.* of memoryMB = 48$/],
      [{ do: "throw later" }, "uncaught", /RangeError: thrown by a timer/],
      [{ do: "reject later" }, "uncaught", /RangeError: rejected, awaited by nobody/],
    ];
    const ofProcesses: typeof both = [
      [{ do: "kill", signal: "SIGKILL" }, "signal", /^was ended by SIGKILL$/],
      [{ do: "kill", signal: "SIGTERM" }, "signal", /^was ended by SIGTERM$/],
      [{ do: "kill", signal: "SIGINT" }, "signal", /^was ended by SIGINT$/],
    ];
    test.each(kind === "processes" ? [...both, ...ofProcesses] : both)("%o", async (deed, deathKind, message) => {
      const pool = await open({ memoryMB: 48 });
      const other = perform(pool, { do: "sleep", milliseconds: 300 });
      const death: WorkerDeath = await perform(pool, deed).then(
        () => expect.unreachable("it answered"),
        (error) => error,
      );
      expect(death).toBeInstanceOf(WorkerDeath);
      expect(death.message).toMatch(message);
      expect(death.kind).toBe(deathKind);
      if (deathKind === "uncaught") {
        expect(death.cause).toMatchObject({ name: "RangeError", message: expect.stringMatching(/thrown by|rejected/) });
        expect((death.cause as Error).stack).toContain("misbehaving-chunks");
      }
      // The other one goes on, and another takes the place of the dead one.
      expect(await other).toMatchObject({ kind: "outcomes" });
      const [a, b] = await Promise.all([describeOne(pool), describeOne(pool)]);
      expect(`${a.pid} ${a.threadId}`).not.toBe(`${b.pid} ${b.threadId}`);
    });

    test("twenty times, one after the other", async () => {
      const pool = await open();
      for (let code = 1; code <= 20; code++)
        await expect(perform(pool, { do: "exit", code })).rejects.toThrow(`code ${code}`);
      expect(await perform(pool, { do: "answer" })).toMatchObject({ kind: "outcomes" });
    });
  });

  test("a worker that ends between chunks is replaced", async () => {
    const pool = await open({ nWorkers: 1 });
    const before = await describeOne(pool);
    await perform(pool, { do: "exit later", code: 3 });
    // It ends while it has the next one, which is told.
    await perform(pool, { do: "sleep", milliseconds: 200 }).catch((error) => expect(error).toBeInstanceOf(WorkerDeath));
    const after = await describeOne(pool);
    expect(`${after.pid} ${after.threadId}`).not.toBe(`${before.pid} ${before.threadId}`);
  });

  test("an error between chunks that nothing catches ends the worker: it is replaced", async () => {
    const pool = await open({ nWorkers: 1 });
    const before = await describeOne(pool);
    await perform(pool, { do: "throw when idle" });
    await until(async () => {
      const now = await describeOne(pool).catch((error) => {
        expect(error).toBeInstanceOf(WorkerDeath);
        return undefined;
      });
      return now !== undefined && `${now.pid} ${now.threadId}` !== `${before.pid} ${before.threadId}`;
    });
  });

  describe("a worker that does not start", () => {
    test.each([
      [
        "its module throws",
        "./throws-when-loaded.ts",
        /could not be started: .*thrown while the module loads|ended with code 1/,
      ],
      ["its module ends it", "./exits-when-loaded.ts", /could not be started: it ended with code 5/],
      ["its module is not there", "./nowhere.ts", /could not be started: .*(nowhere|ended with code 1)/],
    ])("%s: all chunks are refused, each time", async (_, file, message) => {
      const pool = await open({}, fixture(file));
      const onStart = vi.fn();
      for (let round = 0; round < 2; round++) {
        const ends = await Promise.all(
          [1, 2].map(() => perform(pool, { do: "answer" }, undefined, onStart).catch((error) => error)),
        );
        for (const end of ends) {
          expect(end).toMatchObject({ name: "InfrastructureError", code: "worker-start" });
          expect(end.message).toMatch(message);
        }
      }
      expect(onStart).not.toHaveBeenCalled();
    });

    test("for a minute: the chunk is refused", async () => {
      const pool = await open({ nWorkers: 1 }, fixture("./never-loads.ts"));
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const end = perform(pool, { do: "answer" }).catch((error) => error);
      try {
        vi.advanceTimersByTime(60_000);
      } finally {
        vi.useRealTimers();
      }
      expect(await end).toMatchObject({
        name: "InfrastructureError",
        code: "worker-start",
        message: expect.stringMatching(/^A worker .* could not be started: .*60 s/),
      });
    });

    test("the first time: another one takes the next chunk", async () => {
      vi.stubEnv("FANOPT_TEST_MARKER", marker);
      const pool = await open({ nWorkers: 1 }, fixture("./dies-when-first-loaded.ts"));
      await expect(perform(pool, { do: "answer" })).rejects.toMatchObject({ code: "worker-start" });
      expect(await perform(pool, { do: "answer" })).toMatchObject({ kind: "outcomes" });
    });

    test("there is too little memory: the message says which option it is", async () => {
      const pool = await open({ memoryMB: 16 }, fixture("./fills-memory-when-loaded.ts"));
      const end = await perform(pool, { do: "answer" }).catch((error) => error);
      expect(end).toMatchObject({ name: "InfrastructureError", code: "worker-start" });
      expect(end.message).toMatch(/memoryMB = 16/);
    });
  });

  describe("abort", () => {
    test("of a chunk in an endless loop: rejects at once, the worker ends and is replaced", async () => {
      const pool = await open({ nWorkers: 1 });
      const controller = new AbortController();
      const { ended, pid } = await loopIn(pool, controller.signal);
      const reason = new Error("enough");
      controller.abort(reason);
      expect(await ended).toMatchObject({ name: "AbortError", cause: reason });
      expect(await perform(pool, { do: "answer" })).toMatchObject({ kind: "outcomes" });
      if (kind === "processes") await until(() => !isRunning(pid));
    });

    test("before it has begun: nothing is started", async () => {
      const pool = await open();
      let starts = 0;
      await expect(
        perform(pool, { do: "answer" }, AbortSignal.abort(), () => {
          starts += 1;
        }),
      ).rejects.toMatchObject({ name: "AbortError" });
      expect(starts).toBe(0);
    });

    test("while the worker starts", async () => {
      const pool = await open({ nWorkers: 1 });
      const controller = new AbortController();
      const run = perform(pool, { do: "answer" }, controller.signal);
      controller.abort();
      await expect(run).rejects.toMatchObject({ name: "AbortError" });
      expect(await perform(pool, { do: "answer" })).toMatchObject({ kind: "outcomes" });
    });

    test("after it has ended changes nothing", async () => {
      const pool = await open({ nWorkers: 1 });
      const controller = new AbortController();
      await perform(pool, { do: "answer" }, controller.signal);
      const before = await describeOne(pool);
      controller.abort();
      expect(await describeOne(pool)).toEqual(before);
    });
  });

  describe("close", () => {
    test("ends workers in endless loops; what is under way rejects; again is the same", async () => {
      const pool = await open();
      const { ended, pid } = await loopIn(pool);
      const sleeping = perform(pool, { do: "sleep", milliseconds: 60_000 }).catch((error) => error);
      await Promise.all([pool.close(), pool.close()]);
      if (kind === "processes") expect(isRunning(pid)).toBe(false);
      expect(await ended).toMatchObject({ name: "InfrastructureError" });
      expect(await sleeping).toMatchObject({ name: "InfrastructureError" });
      await pool.close();
      await expect(perform(pool, { do: "answer" })).rejects.toMatchObject({ name: "InfrastructureError" });
    });

    test("while workers start, and before the first one", async () => {
      await (await open()).close();
      const pool = await open();
      const run = perform(pool, { do: "answer" }).catch((error) => error);
      await pool.close();
      expect(await run).toMatchObject({ name: "InfrastructureError" });
    });
  });

  describe("a program", () => {
    const driverFile = fixture("./pool-driver.ts");

    interface Ended {
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
      readonly stdout: string;
      readonly stderr: string;
    }

    function start(
      what: string,
      { flags = [], env = {} }: { flags?: readonly string[]; env?: Record<string, string> } = {},
    ): { child: ChildProcess; ended: Promise<Ended>; stdout: () => string } {
      const { NODE_OPTIONS: _, ...clean } = process.env;
      const child = spawn(process.execPath, [...flags, driverFile, kind, what, marker], {
        env: { ...clean, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let stdout = "";
      let stderr = "";
      child.stdout?.setEncoding("utf8").on("data", (text) => {
        stdout += text;
      });
      child.stderr?.setEncoding("utf8").on("data", (text) => {
        stderr += text;
      });
      const ended = new Promise<Ended>((resolve) =>
        child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr })),
      );
      return { child, ended, stdout: () => stdout };
    }

    function markedPid(): number {
      return Number(readFileSync(marker, "utf8"));
    }

    test.each(["leave it idle", "nothing but chunks", "abort and go on", "close it"])(
      "%s: ends by itself, with nothing on stderr",
      async (what) => {
        expect(await start(what).ended).toEqual({ code: 0, signal: null, stdout: "done\n", stderr: "" });
      },
    );

    test("process.exit while a worker loops: keeps its code and leaves nobody", async () => {
      expect(await start("exit").ended).toMatchObject({ code: 7, stderr: "" });
      await until(() => !isRunning(markedPid()));
    });

    test("an error that nothing catches: keeps its code and leaves nobody", async () => {
      const { code, stderr } = await start("throw").ended;
      expect(code).toBe(1);
      expect(stderr.match(/Error: thrown by the driver/g)).toHaveLength(1);
      await until(() => !isRunning(markedPid()));
    });

    test("killed: a worker that is not in a loop ends with it", async () => {
      const { child, ended, stdout } = start("wait for one that sleeps");
      await until(() => stdout().endsWith("\n"));
      child.kill("SIGKILL");
      await ended;
      await until(() => !isRunning(Number(stdout())));
    });

    // What threads print goes by way of the driver: by process.exit it loses what is under way there, as in any program. Of processes less than a pipe
    // holds arrives then, too.
    test.each([
      ["print", 2_000],
      ["print and close", 20_000],
      ...(kind === "processes" ? [["print and exit", 300] as const] : []),
    ] as const)("%s: all that workers print arrives", async (what, lines) => {
      const { stdout, stderr, code } = await start(what).ended;
      expect(code).toBe(0);
      expect(stdout.trimEnd().split("\n")).toHaveLength(lines);
      expect(stderr).toBe("on stderr\n");
    });

    test("all that a criterion prints arrives, though the program ends with the batch", async () => {
      const { stdout, code } = await start("print in a criterion").ended;
      expect(code).toBe(0);
      expect(stdout.trimEnd().split("\n")).toHaveLength(20_000);
    });

    // A thread that ends itself loses what it has printed: so Node has it.
    if (kind === "processes")
      test("what a worker has printed before it ended arrives", async () => {
        const { stdout, stderr } = await start("print and die").ended;
        expect(stdout.trimEnd().split("\n")).toHaveLength(101);
        expect(stdout).toContain("called process.exit(3)");
        expect(stderr).toBe("on stderr\n");
      });

    test("an error in a worker that nothing catches is not printed by itself", async () => {
      const { stdout, stderr } = await start("uncaught").ended;
      expect(stdout).toContain("thrown by a timer");
      expect(stderr).toBe("");
    });

    test("its flags are not for workers, NODE_OPTIONS is", async () => {
      const tsx = import.meta.resolve("tsx");
      const { stdout, stderr } = await start("describe", {
        flags: ["--import", tsx, "--expose-gc"],
        env: { NODE_OPTIONS: "--stack-trace-limit=20" },
      }).ended;
      expect(stderr).toBe("");
      const { execArgv, nodeOptions } = JSON.parse(stdout);
      expect(execArgv).toEqual(["--disable-warning=ExperimentalWarning"]);
      expect(nodeOptions).toBe("--stack-trace-limit=20");
    });

    test("coverage of Node is no obstacle", async () => {
      const { stdout, stderr, code } = await start("leave it idle", {
        env: { NODE_V8_COVERAGE: join(folder, "coverage") },
      }).ended;
      expect({ stdout, stderr, code }).toEqual({ stdout: "done\n", stderr: "", code: 0 });
    });

    test("a program given by --eval", async () => {
      const program = `
        const { openPool, perform } = await import(${JSON.stringify(new URL("./fixtures/pools.ts", import.meta.url).href)});
        const pool = await openPool(${JSON.stringify(kind)}, { nWorkers: 1 });
        console.log((await perform(pool, { do: "answer" })).kind);`;
      const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      let printed = "";
      child.stdout.on("data", (text) => {
        printed += text;
      });
      child.stderr.on("data", (text) => {
        printed += text;
      });
      const code = await new Promise((resolve) => child.on("close", resolve));
      expect({ code, printed }).toEqual({ code: 0, printed: "outcomes\n" });
    });

    if (process.platform !== "win32")
      test("Ctrl-C ends all, and prints nothing", async () => {
        const { NODE_OPTIONS: _, ...env } = process.env;
        const child = spawn(process.execPath, [driverFile, kind, "wait", marker], {
          env,
          // A process group of its own, as a terminal makes it.
          detached: true,
          stdio: ["ignore", "ignore", "pipe"],
        });
        let stderr = "";
        child.stderr.on("data", (text) => {
          stderr += text;
        });
        const ended = new Promise((resolve) => child.on("close", (_code, signal) => resolve(signal)));
        await until(() => existsSync(marker) && readFileSync(marker, "utf8").endsWith("\n"));
        process.kill(-child.pid!, "SIGINT");
        expect(await ended).toBe("SIGINT");
        expect(stderr).toBe("");
        await until(() => !isRunning(markedPid()));
      });
  });
}
