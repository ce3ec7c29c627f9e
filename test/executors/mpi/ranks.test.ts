/** The driver's view of its ranks, over MPI in memory: what they answer is up to each test. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type RankReply, readRequest, replySections } from "../../../src/executors/mpi/chunk-messages.ts";
import { jsonSection, type Message, TAGS } from "../../../src/executors/mpi/messages.ts";
import { RankPool } from "../../../src/executors/mpi/rank-pool.ts";
import { Ranks } from "../../../src/executors/mpi/ranks.ts";
import type { World } from "../../../src/executors/mpi/world.ts";
import { VERSION } from "../../../src/version.ts";
import type { ChunkReply, ChunkRequest } from "../../../src/worker/chunk-protocol.ts";
import { fakeWorlds } from "./fake-mpi.ts";

const request: ChunkRequest = { content: { hash: "a" }, args: Uint8Array.of(1), sliceMs: 1 };
const done: ChunkReply = { kind: "need", parts: ["content"] };
const never = new AbortController().signal;
const noStart = () => {};

let driver: World;
let others: World[];
let ranks: Ranks;
let pool: RankPool;
let warnings: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "performance"] });
  [driver, ...others] = fakeWorlds(3);
  ranks = new Ranks(driver);
  pool = new RankPool(ranks);
  warnings = [];
  vi.spyOn(process, "emitWarning").mockImplementation((warning) => {
    warnings.push(String(warning));
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function greet({ mailbox }: World, version = VERSION): void {
  mailbox.post(0, TAGS.hello, [jsonSection({ host: "node7", version })]);
}

/** The next message that a rank has got. */
async function taken({ mailbox }: World): Promise<Message | undefined> {
  await vi.advanceTimersByTimeAsync(5);
  return mailbox.take();
}

function answer(world: World, message: Message | undefined, reply: RankReply): void {
  const { id } = readRequest(message?.sections ?? []);
  world.mailbox.post(0, TAGS.reply, replySections(id, reply));
}

describe("the pool of ranks", () => {
  it("has as many workers as there are ranks but the driver", () => {
    expect(pool.size).toBe(2);
  });

  it("gives nothing to a rank that is not parked yet", async () => {
    const started = vi.fn();
    const running = pool.run(request, never, started);
    expect(await taken(others[0])).toBeUndefined();
    greet(others[1]);
    answer(others[1], await taken(others[1]), done);
    await vi.advanceTimersByTimeAsync(5);
    expect(await running).toEqual(done);
    expect(started).toHaveBeenCalledTimes(1);
  });

  it("has one chunk on a rank, and gives the next one to the rank that was free last", async () => {
    for (const rank of others) greet(rank);
    const runs = [1, 2, 3].map(() => pool.run(request, never, noStart));
    const [first, second] = [await taken(others[0]), await taken(others[1])];
    expect([first?.tag, second?.tag]).toEqual([TAGS.request, TAGS.request]);
    expect(await taken(others[0])).toBeUndefined();
    answer(others[1], second, done);
    const third = await taken(others[1]);
    expect(third?.tag).toBe(TAGS.request);
    answer(others[0], first, done);
    answer(others[1], third, done);
    expect(await Promise.all([...runs, vi.advanceTimersByTimeAsync(5)])).toMatchObject([done, done, done, {}]);
  });

  it("tells of a death with the rank's host, and uses the rank again", async () => {
    greet(others[0]);
    const running = expect(pool.run(request, never, noStart)).rejects.toMatchObject({
      name: "WorkerDeath",
      kind: "uncaught",
      message: "threw an error (rank-1@node7)",
      cause: { name: "TypeError", message: "late" },
    });
    const error = { name: "TypeError", message: "late", stack: "" };
    answer(others[0], await taken(others[0]), { kind: "died", death: "uncaught", message: "threw an error", error });
    await vi.advanceTimersByTimeAsync(5);
    await running;
    const next = pool.run(request, never, noStart);
    answer(others[0], await taken(others[0]), done);
    await vi.advanceTimersByTimeAsync(5);
    expect(await next).toEqual(done);
  });

  it("rejects at once when it is aborted; the rank is busy until it answers, and that answer is nobody's", async () => {
    greet(others[0]);
    const controller = new AbortController();
    const running = expect(pool.run(request, controller.signal, noStart)).rejects.toMatchObject({ name: "AbortError" });
    const message = await taken(others[0]);
    controller.abort();
    await running;
    expect((await taken(others[0]))?.tag).toBe(TAGS.drop);
    const next = pool.run({ ...request, sliceMs: 2 }, never, noStart);
    expect(await taken(others[0])).toBeUndefined();
    answer(others[0], message, { kind: "dropped" });
    const second = await taken(others[0]);
    expect(readRequest(second?.sections ?? []).request.sliceMs).toBe(2);
    answer(others[0], second, done);
    await vi.advanceTimersByTimeAsync(5);
    expect(await next).toEqual(done);
  });

  it("drops what waits when it is aborted, and takes nothing that was aborted before", async () => {
    const controller = new AbortController();
    const running = expect(pool.run(request, controller.signal, noStart)).rejects.toMatchObject({ name: "AbortError" });
    controller.abort();
    await running;
    await expect(pool.run(request, controller.signal, noStart)).rejects.toMatchObject({ name: "AbortError" });
    greet(others[0]);
    expect(await taken(others[0])).toBeUndefined();
  });

  it("warns once when all ranks are busy with what was given up, and gives up when they stay so", async () => {
    for (const rank of others) greet(rank);
    const controller = new AbortController();
    const given = [1, 2].map(() => pool.run(request, controller.signal, noStart).catch((error: Error) => error.name));
    await vi.advanceTimersByTimeAsync(1000);
    controller.abort();
    expect(await Promise.all(given)).toEqual(["AbortError", "AbortError"]);
    expect(warnings).toEqual([]);
    const ended = vi.fn();
    const waiting = pool.run(request, never, noStart).catch((error: unknown) => ended(error));
    pool.run(request, never, noStart).catch(() => {});
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("All 2 ranks are busy");
    // They were given up after a second: ten more, and a minute.
    await vi.advanceTimersByTimeAsync(69_000);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2000);
    await waiting;
    expect(ended).toHaveBeenCalledWith(
      expect.objectContaining({ name: "InfrastructureError", code: "mpi-ranks-hang" }),
    );
  });

  it("refuses ranks with another version of fanopt", async () => {
    const running = expect(pool.run(request, never, noStart)).rejects.toMatchObject({
      code: "mpi-versions-differ",
      message: expect.stringContaining("rank-2@node7 has fanopt 0.0.1"),
    });
    greet(others[1], "0.0.1");
    await vi.advanceTimersByTimeAsync(5);
    await running;
    await expect(pool.run(request, never, noStart)).rejects.toMatchObject({ code: "mpi-versions-differ" });
  });

  it("leaves the ranks to others when it is closed", async () => {
    greet(others[0]);
    const other = new RankPool(ranks);
    const running = expect(pool.run(request, never, noStart)).rejects.toMatchObject({ code: "executor-closed" });
    const message = await taken(others[0]);
    await pool.close();
    await running;
    await expect(pool.run(request, never, noStart)).rejects.toMatchObject({ code: "executor-closed" });
    const started = other.run(request, never, noStart);
    answer(others[0], message, { kind: "dropped" });
    expect((await taken(others[0]))?.tag).toBe(TAGS.drop);
    answer(others[0], await taken(others[0]), done);
    await vi.advanceTimersByTimeAsync(5);
    expect(await started).toEqual(done);
  });

  it("polls no more when nothing is to come", async () => {
    greet(others[0]);
    const running = pool.run(request, never, noStart);
    answer(others[0], await taken(others[0]), done);
    await vi.advanceTimersByTimeAsync(50);
    await running;
    expect(vi.getTimerCount()).toBe(0);
  });
});
