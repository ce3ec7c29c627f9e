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
    await vi.advanceTimersByTimeAsync(900);
    expect(warnings).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("All 2 ranks are busy");
    // They were given up after a second: ten more, and a minute.
    await vi.advanceTimersByTimeAsync(68_000);
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

describe("a chunk behind another one", () => {
  const idOf = (message: Message | undefined) => readRequest(message?.sections ?? []).id;
  const dropped = (message: Message | undefined) => JSON.parse(new TextDecoder().decode(message?.sections[0])).id;
  const runShort = (signal = never, onStart = noStart) => pool.run(request, signal, onStart, true);
  const aborted = (run: Promise<unknown>) => expect(run).rejects.toMatchObject({ name: "AbortError" });

  it("is short, and so is that one: a long one gets a rank for itself", async () => {
    for (const rank of others) greet(rank);
    const runs = [
      runShort(),
      pool.run(request, never, noStart),
      runShort(),
      pool.run(request, never, noStart),
      runShort(),
    ];
    // Rank 2 came last, and is taken first.
    const short = [await taken(others[1]), others[1].mailbox.take()];
    const long = [await taken(others[0]), others[0].mailbox.take()];
    expect(short.map((message) => message?.tag)).toEqual([TAGS.request, TAGS.request]);
    expect(long.map((message) => message?.tag)).toEqual([TAGS.request, undefined]);
    // The other long one is next: no short one goes before it.
    answer(others[1], short[0], done);
    expect(await taken(others[1])).toBeUndefined();
    answer(others[1], short[1], done);
    const last = await taken(others[1]);
    expect(await taken(others[1])).toBeUndefined();
    answer(others[1], last, done);
    answer(others[1], await taken(others[1]), done);
    answer(others[0], long[0], done);
    await vi.advanceTimersByTimeAsync(5);
    expect(await Promise.all(runs)).toHaveLength(5);
  });

  it("is not a large one", async () => {
    greet(others[0]);
    void runShort();
    void pool.run({ ...request, args: new Uint8Array(2_000_000) }, never, noStart, true);
    expect((await taken(others[0]))?.tag).toBe(TAGS.request);
    expect(await taken(others[0])).toBeUndefined();
  });

  it("starts when the first one has been answered, even by a death", async () => {
    greet(others[0]);
    const started = vi.fn();
    const first = expect(runShort()).rejects.toMatchObject({ name: "WorkerDeath" });
    const second = runShort(never, started);
    const messages = [await taken(others[0]), others[0].mailbox.take()];
    expect(started).not.toHaveBeenCalled();
    answer(others[0], messages[0], { kind: "died", death: "exit", message: "called process.exit(1)", error: null });
    await vi.advanceTimersByTimeAsync(5);
    await first;
    expect(started).toHaveBeenCalledTimes(1);
    answer(others[0], messages[1], done);
    await vi.advanceTimersByTimeAsync(5);
    expect(await second).toEqual(done);
    expect(started).toHaveBeenCalledTimes(1);
  });

  it("goes elsewhere, before what waits, when the first one is given up", async () => {
    for (const rank of others) greet(rank);
    const controller = new AbortController();
    const started = vi.fn();
    void pool.run(request, never, noStart);
    const first = aborted(runShort(controller.signal));
    const second = pool.run({ ...request, sliceMs: 2 }, never, started, true);
    void pool.run({ ...request, sliceMs: 3 }, never, noStart);
    const long = await taken(others[1]);
    const messages = [await taken(others[0]), others[0].mailbox.take()];
    controller.abort();
    await first;
    expect([await taken(others[0]), others[0].mailbox.take()].map(dropped)).toEqual(messages.map(idOf));
    answer(others[1], long, done);
    const moved = await taken(others[1]);
    expect(readRequest(moved?.sections ?? []).request.sliceMs).toBe(2);
    // What the lost rank answers is nobody's; then it may have another one.
    answer(others[0], messages[1], { kind: "dropped" });
    expect(await taken(others[0])).toBeUndefined();
    answer(others[0], messages[0], done);
    expect(readRequest((await taken(others[0]))?.sections ?? []).request.sliceMs).toBe(3);
    expect(started).toHaveBeenCalledTimes(1);
    answer(others[1], moved, done);
    await vi.advanceTimersByTimeAsync(5);
    expect(await second).toEqual(done);
  });

  it("is given up alone", async () => {
    greet(others[0]);
    const controller = new AbortController();
    const first = runShort();
    const second = aborted(runShort(controller.signal));
    const messages = [await taken(others[0]), others[0].mailbox.take()];
    controller.abort();
    await second;
    expect(dropped(await taken(others[0]))).toBe(idOf(messages[1]));
    answer(others[0], messages[0], done);
    await vi.advanceTimersByTimeAsync(5);
    expect(await first).toEqual(done);
    const next = runShort();
    // Until the rank has answered nothing else goes there.
    expect(await taken(others[0])).toBeUndefined();
    answer(others[0], messages[1], { kind: "dropped" });
    answer(others[0], await taken(others[0]), done);
    await vi.advanceTimersByTimeAsync(5);
    expect(await next).toEqual(done);
  });

  it("goes to a rank that is free when the first one is slow, whatever was expected", async () => {
    for (const rank of others) greet(rank);
    const runs = [1, 2, 3, 4].map(() => runShort());
    const slow = [await taken(others[1]), others[1].mailbox.take()];
    for (const message of [await taken(others[0]), others[0].mailbox.take()]) answer(others[0], message, done);
    await vi.advanceTimersByTimeAsync(5);
    expect(others[0].mailbox.take()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(50);
    expect(dropped(others[1].mailbox.take())).toBe(idOf(slow[1]));
    answer(others[0], await taken(others[0]), done);
    await vi.advanceTimersByTimeAsync(5);
    // Nor does another one get behind it.
    const more = [1, 2, 3].map(() => runShort());
    answer(others[1], slow[1], { kind: "dropped" });
    expect(await taken(others[1])).toBeUndefined();
    for (let i = 0; i < 3; i++) answer(others[0], await taken(others[0]), done);
    answer(others[1], slow[0], done);
    await vi.advanceTimersByTimeAsync(5);
    expect(await Promise.all([...runs, ...more])).toHaveLength(7);
  });
});
