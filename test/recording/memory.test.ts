import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../../src/recording/memory.ts";
import type { RunStore } from "../../src/recording/types.ts";
import { makeRow, makeRun } from "./rows.ts";

const newStore = (maxRuns?: number): RunStore =>
  createMemoryStore(maxRuns === undefined ? { kind: "memory" } : { kind: "memory", maxRuns });

describe("memory store", () => {
  it("gives back points in order whatever the order they came in, each once", async () => {
    const store = newStore();
    const writer = await store.createRun(makeRun("r1"));
    writer.addPoints([makeRow(2), makeRow(0)]);
    writer.addPoints([makeRow(0, { fun: -1 }), makeRow(1), makeRow(2, { fun: -1 })]);
    await writer.flush();
    const stored = await store.readRun("r1");
    expect(stored.points).toEqual([makeRow(0), makeRow(1), makeRow(2)]);
    expect(stored.missing).toEqual([]);
  });

  it("says which points have not come yet", async () => {
    const store = newStore();
    const writer = await store.createRun(makeRun("r1"));
    writer.addPoints([makeRow(0), makeRow(3), makeRow(5)]);
    const stored = await store.readRun("r1");
    expect(stored.points.map((point) => point.index)).toEqual([0, 3, 5]);
    expect(stored.missing).toEqual([1, 2, 4]);
  });

  it("keeps steps by number and the final status", async () => {
    const store = newStore();
    const writer = await store.createRun(makeRun("r1"));
    const step = { step: 0, kind: "optimization", name: "optimization", startedAt: 5, endedAt: null } as const;
    await writer.putStep({ ...step, status: "running" });
    await writer.putStep({ ...step, status: "complete", endedAt: 9 });
    await writer.finish("aborted", null);
    const { run, steps } = await store.readRun("r1");
    expect(steps).toEqual([{ ...step, status: "complete", endedAt: 9 }]);
    expect(run.status).toBe("aborted");
    expect(run.endedAt).toBeGreaterThan(run.createdAt);
  });

  it("lists runs newest first and drops the oldest beyond maxRuns", async () => {
    const store = newStore(2);
    for (const [i, id] of ["r1", "r2", "r3"].entries()) await store.createRun(makeRun(id, { createdAt: i }));
    expect((await store.listRuns()).map((run) => run.runId)).toEqual(["r3", "r2"]);
    await expect(store.readRun("r1")).rejects.toThrow(/no run "r1" in the memory of this process/);
  });

  it("suggests the nearest id, names the newest, and refuses an id twice", async () => {
    const store = newStore();
    await expect(store.readRun("run-a")).rejects.toThrow(/holds no runs at all/);
    await store.createRun(makeRun("run-alpha"));
    await expect(store.readRun("run-alhpa")).rejects.toThrow(/Did you mean run-alpha\?.*run-alpha \(influenza\)/);
    await expect(store.createRun(makeRun("run-alpha"))).rejects.toThrow(/exists already/);
  });
});
