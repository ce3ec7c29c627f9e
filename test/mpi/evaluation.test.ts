/** What ranks evaluate, under both launchers. */
import { describe, expect, it } from "vitest";
import { launchers, reportOf, runJob } from "./launchers.ts";

const FINE = { code: 0, signal: null, stderr: "", orphans: [] };

describe.each(launchers)("under $name", (launcher) => {
  it("evaluates batches in order, on all ranks, bit by bit", async () => {
    const ended = await runJob(launcher, "batches.ts");
    expect(ended).toMatchObject(FINE);
    expect(ended.stdout.match(/^printed on a rank$/gm)).toHaveLength(4);
    expect(reportOf(ended)).toEqual({
      correct: true,
      order: [30, 0, 20, 5, 10],
      special: ["NaN", "-0", "Infinity"],
      workers: 2,
      isWorker: false,
      // Out of the memory's bounds: V8 needs the signal that MPI's libraries would like to have.
      trap: ["RuntimeError"],
      thrown: "no value at 2",
      empty: [],
    });
  });

  it("carries 100 MB as argument, result and captured data", async () => {
    const ended = await runJob(launcher, "large.ts");
    expect(ended).toMatchObject(FINE);
    expect(reportOf(ended)).toEqual({ bytes: 1e8, echoed: true, captured: [12_500_007, 24_999_999] });
  });

  it("tells of points that would have ended a process or never end, and goes on", async () => {
    const ended = await runJob(launcher, "faults.ts");
    expect(ended).toMatchObject(FINE);
    const error = (reason: string, message: RegExp) => ({
      name: "WorkerError",
      reason,
      message: expect.stringMatching(message),
    });
    expect(reportOf(ended)).toEqual({
      exits: error("exit", /called process\.exit\(3\) \(rank-[12]@\S+\)/),
      exitsAnyway: error("exit", /called process\.exit\(\)/),
      exitsByImport: error("exit", /called process\.exit\(2\)/),
      exitsLater: error("exit", /called process\.exit\(4\)/),
      uncaught: { ...error("uncaught", /nothing caught: TypeError: late/), cause: "TypeError: late" },
      rejects: { ...error("uncaught", /nobody listens/), cause: "Error: nobody listens" },
      hangs: error("timeout", /0\.2 s/),
      after: [2, 4, 6, 8],
    });
  });

  it("ends each of thousands of short points once, with deaths, slow points and aborts in between", async () => {
    const ended = await runJob(launcher, "short-tasks.ts");
    expect(ended).toMatchObject(FINE);
    expect(reportOf(ended)).toEqual({ wrong: [], afterwards: [-1, -2, -3] });
  });

  it("runs after one another, at the same time, and after a reset", async () => {
    const ended = await runJob(launcher, "runs.ts");
    expect(ended).toMatchObject(FINE);
    expect(reportOf(ended)).toEqual({
      first: [100_000, 200_000, 300_000],
      second: [100_000, 200_000, 300_000],
      both: [
        [400_000, 500_000],
        [-6, -7],
      ],
      closed: expect.stringContaining("was closed"),
      afterwards: "executor-closed",
      others: [1.5, 2.5, 3.5, 4.5],
      pending: "executor-closed",
    });
  });

  it("parks neither threads nor child processes of the driver", async () => {
    const ended = await runJob(launcher, "inherits.ts");
    expect(ended).toMatchObject({ code: 0, orphans: [] });
    expect(reportOf(ended)).toEqual({
      fromThread: expect.stringMatching(/^mpi-not-the-driver: .*worker thread/),
      fromChild: expect.stringMatching(/^mpi-not-the-driver: .*child process/),
      here: "value 2",
    });
  });
});
