import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type PooledWorker, PoolOfWorkers } from "../../../src/executors/chunks/pool-of-workers.ts";
import type { ChunkReply, ChunkRequest } from "../../../src/worker/chunk-protocol.ts";

const request: ChunkRequest = { content: { hash: "0".repeat(64) }, args: new Uint8Array(), sliceMs: 1 };
const reply: ChunkReply = { kind: "outcomes", count: 1, values: new Uint8Array(), errors: [], milliseconds: 0 };
const never = new AbortController().signal;

/** Starts, answers and ends when the test says so. */
class ScriptedWorker implements PooledWorker {
  readonly name = "scripted worker";
  ended = false;
  onStart: () => void = () => {};
  readonly answered = Promise.withResolvers<ChunkReply>();
  readonly #gone = Promise.withResolvers<void>();
  readonly gone = this.#gone.promise;

  run(_: ChunkRequest, onStart: () => void): Promise<ChunkReply> {
    this.onStart = onStart;
    return this.answered.promise;
  }

  end(): Promise<void> {
    this.ended = true;
    return this.gone;
  }

  leave(): void {
    this.#gone.resolve();
  }
}

let made: ScriptedWorker[];
let pool: PoolOfWorkers;

beforeEach(() => {
  made = [];
  pool = new PoolOfWorkers(1, false, () => {
    made.push(new ScriptedWorker());
    return made[made.length - 1];
  });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

afterEach(async () => {
  vi.useRealTimers();
  for (const worker of made) worker.leave();
  await pool.close();
});

/** All that is ready has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function abortOne(): Promise<void> {
  const controller = new AbortController();
  const run = pool.run(request, controller.signal, () => {});
  controller.abort();
  await expect(run).rejects.toMatchObject({ name: "AbortError" });
}

it("a run waits for the place of a worker that is ending", async () => {
  await abortOne();
  const onStart = vi.fn();
  const run = pool.run(request, never, onStart);
  vi.advanceTimersByTime(999);
  await settled();
  expect(made).toHaveLength(1);
  made[0].leave();
  await settled();
  expect(made).toHaveLength(2);
  expect(onStart).not.toHaveBeenCalled();
  made[1].onStart();
  expect(onStart).toHaveBeenCalledOnce();
  made[1].answered.resolve(reply);
  expect(await run).toBe(reply);
});

it("a worker that does not end has its place for a second", async () => {
  await abortOne();
  const run = pool.run(request, never, () => {});
  vi.advanceTimersByTime(1000);
  await settled();
  expect(made).toHaveLength(2);
  made[1].answered.resolve(reply);
  expect(await run).toBe(reply);
});

it("the signal of a run that waits for a place ends it", async () => {
  await abortOne();
  await abortOne();
  made[0].leave();
  await settled();
  expect(made).toHaveLength(1);
});

it.each(["before", "after"])("close, %s there is a place, ends a run that waits for it", async (when) => {
  await abortOne();
  const run = pool.run(request, never, () => {});
  const refused = expect(run).rejects.toMatchObject({ name: "InfrastructureError", code: "executor-closed" });
  if (when === "after") made[0].leave();
  const closing = pool.close();
  made[0].leave();
  await refused;
  await closing;
  expect(made).toHaveLength(1);
});

it("a worker that is aborted while it starts is not told of again", async () => {
  const controller = new AbortController();
  const onStart = vi.fn();
  const run = pool.run(request, controller.signal, onStart);
  controller.abort();
  await expect(run).rejects.toMatchObject({ name: "AbortError" });
  made[0].onStart();
  expect(onStart).not.toHaveBeenCalled();
});

it("a start has a limit of its own, which ends when the worker is up", async () => {
  const slow = pool.run(request, never, () => {});
  vi.advanceTimersByTime(59_999);
  made[0].onStart();
  vi.advanceTimersByTime(3_600_000);
  made[0].answered.resolve(reply);
  expect(await slow).toBe(reply);
  made[0].ended = true;
  made[0].leave();
  const stuck = pool.run(request, never, () => {});
  await settled();
  vi.advanceTimersByTime(60_000);
  await expect(stuck).rejects.toMatchObject({
    name: "InfrastructureError",
    code: "worker-start",
    message: expect.stringMatching(/^A scripted worker could not be started: .* 60 s/),
  });
});

it("more runs than workers are refused", async () => {
  const first = pool.run(request, never, () => {});
  await expect(pool.run(request, never, () => {})).rejects.toThrow("All 1 workers have a chunk.");
  made[0].answered.resolve(reply);
  await first;
});
