/** However a job ends: the exit code that is due, no process left, and in time. */
import { describe, expect, it } from "vitest";
import { Job, launchers, runJob } from "./launchers.ts";

const count = (text: string, part: string): number => text.split(part).length - 1;

describe.each(launchers)("under $name", (launcher) => {
  const { codes } = launcher;

  it("ends with a program that never uses it", async () => {
    const { code, orphans, stdout, stderr } = await runJob(launcher, "plain.ts");
    expect({ code, orphans, stdout, stderr }).toEqual({ code: 0, orphans: [], stdout: "plain program\n", stderr: "" });
  });

  it("keeps nothing alive", async () => {
    expect(await runJob(launcher, "ends.ts", { args: ["normally", "idle"] })).toMatchObject({
      code: 0,
      orphans: [],
      stdout: "values 2,3\nthe end\n",
      stderr: "",
    });
  });

  it("keeps the exit code of the driver, whatever the ranks do", async () => {
    const codeOf = async (...args: string[]) => {
      const { code, orphans } = await runJob(launcher, "ends.ts", { args });
      return { code, orphans };
    };
    expect(await Promise.all([codeOf("exit", "idle"), codeOf("exit", "busy"), codeOf("exitCode", "idle")])).toEqual([
      { code: 7, orphans: [] },
      { code: 7, orphans: [] },
      { code: 9, orphans: [] },
    ]);
  });

  it.each(["throw", "reject"])("ends with an error that nothing catches, told once: %s", async (how) => {
    const run = (state: string) => runJob(launcher, "ends.ts", { args: [how, state] });
    for (const { code, orphans, stderr } of await Promise.all([run("idle"), run("busy")])) {
      expect({ code, orphans }).toEqual({ code: 1, orphans: [] });
      expect(count(stderr, "Error: the driver's own")).toBe(1);
    }
  });

  it("aborts what hangs when the driver calls process.exit(5), after the program's exit handlers", async () => {
    const { code, orphans, stdout, stderr } = await runJob(launcher, "hang.ts", { args: ["5"] });
    expect({ code, orphans }).toEqual({ code: 5, orphans: [] });
    expect(stderr).toContain("a rank did not stop");
    expect(count(stderr, "Error: a handler's own")).toBe(1);
    expect(count(stdout, "exit handler: 5\n")).toBe(1);
  });

  it("loses nothing of what the last point prints", async () => {
    const { code, orphans, stdout, stderr } = await runJob(launcher, "prints.ts");
    expect({ code, orphans }).toEqual({ code: 0, orphans: [] });
    expect([count(stdout, `${"o".repeat(999)}\n`), count(stderr, `${"e".repeat(999)}\n`)]).toEqual([2000, 2000]);
  });

  it("tells of the error that ends a rank which has lost its guard", async () => {
    const { code, orphans, stderr } = await runJob(launcher, "unguarded.ts");
    expect({ code, orphans }).toEqual({ code: 1, orphans: [] });
    expect(count(stderr, "TypeError: the rank's own")).toBe(1);
  });

  it("aborts what hangs when the driver ends with an error, told once", async () => {
    const { code, orphans, stderr } = await runJob(launcher, "hang.ts", { args: ["throw"] });
    expect({ code, orphans }).toEqual({ code: 1, orphans: [] });
    expect(count(stderr, "Error: the driver's own")).toBe(1);
    expect(stderr).toContain("hang.ts:");
  });

  it("gives up points that take longer than the timeout, says when no rank is left, and ends", async () => {
    const { code, orphans, stdout } = await runJob(launcher, "hang.ts", { args: ["timeout"] });
    expect({ code, orphans }).toEqual({ code: 6, orphans: [] });
    expect(stdout).toContain("[true,true]\n");
    expect(stdout).toContain("then AbortError\n");
    expect(count(stdout, "FanoptWarning: All 2 ranks are busy with points that were given up")).toBe(1);
  });

  it.each([
    ["SIGINT", codes.sigint],
    ["SIGTERM", codes.sigterm],
  ] as const)("ends by %s to the launcher", async (signal, expected) => {
    const job = new Job(launcher, "waits.ts", { args: ["loop"] });
    await job.printed("waiting");
    job.kill(signal);
    const { code, orphans } = await job.ended;
    expect(orphans).toEqual([]);
    expect(expected).toContain(code);
  });

  it("leaves nobody behind when the launcher is killed", async () => {
    const job = new Job(launcher, "waits.ts", { args: ["loop"] });
    await job.printed("waiting");
    job.kill("SIGKILL");
    expect(await job.ended).toMatchObject({ code: null, signal: "SIGKILL", orphans: [] });
  });

  it.each(["driver", "rank"])("ends when the %s is killed", async (who) => {
    const job = new Job(launcher, "waits.ts");
    await job.printed("waiting");
    const { driver, ranks } = JSON.parse(job.stdout.split("\n", 1)[0]) as { driver: number; ranks: number[] };
    process.kill(who === "driver" ? driver : ranks[0], "SIGKILL");
    expect(await job.ended).toMatchObject({ code: codes.killedRank, orphans: [] });
  });
});
