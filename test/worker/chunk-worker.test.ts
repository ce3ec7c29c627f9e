import { describe, expect, it } from "vitest";
import { buildInternalFun } from "../../src/problem/internal-fun.ts";
import type { Outcome } from "../../src/problem/outcome.ts";
import type { Artifact } from "../../src/transport/artifact.ts";
import { decode, encode } from "../../src/transport/codec.ts";
import { sha256 } from "../../src/transport/content.ts";
import type { ChunkOutcomes, ChunkReply } from "../../src/worker/chunk-protocol.ts";
import { createChunkWorker } from "../../src/worker/chunk-worker.ts";
import { ARTIFACT_DAMAGED } from "../../src/worker/protocol.ts";
import { chunkOf, endsOf, inSharedMemory, listOf, partsOf } from "./chunk-requests.ts";
import { artifactOf } from "./requests.ts";

const newWorker = () => createChunkWorker("worker 7", 1_000);
const outcomesOf = (reply: ChunkReply): ChunkOutcomes => {
  if (reply.kind !== "outcomes") throw new Error(`${reply.kind}: ${JSON.stringify(reply)}`);
  return reply;
};
/** What a new worker answers. */
const evaluated = async (fun: unknown, args: readonly unknown[]) =>
  endsOf(await newWorker()(chunkOf(await artifactOf(fun), args)));

/** The artifact of a function with 80 kB of data, which are a part of their own. */
function withData(fun: (data: Float64Array) => (i: number) => number, fill = 0.5): Promise<Artifact> {
  return artifactOf(fun(new Float64Array(10_000).fill(fill)));
}
const negated = (data: Float64Array) => (i: number) => -data[i];
const doubled = (data: Float64Array) => (i: number) => 2 * data[i];

describe("a worker evaluates a chunk", () => {
  it("in the order of the arguments", async () => {
    const squares = Array.from({ length: 100 }, (_, i) => i * i);
    expect(await evaluated((i: number) => i * i, [...squares.keys()])).toEqual(squares);
  });

  it("one task after the other, also when they are asynchronous", async () => {
    const state = { running: 0, most: 0 };
    const fun = async (i: number) => {
      state.running += 1;
      state.most = Math.max(state.most, state.running);
      await null;
      state.running -= 1;
      return [i, state.most];
    };
    expect(await evaluated(fun, [1, 2, 3])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
  });

  it("keeping all float64 bits", async () => {
    const numbers = [Number.NaN, -0, 0, Number.NEGATIVE_INFINITY, 5e-324];
    expect(await evaluated((x: number) => x, numbers)).toEqual(numbers);
    expect(await evaluated((x: Float64Array) => ({ x }), [new Float64Array(numbers)])).toStrictEqual([
      { x: new Float64Array(numbers) },
    ]);
  });

  it("awaiting what has a method then", async () => {
    const name = "then";
    const fun = (kind: string) => {
      const then = kind === "plain" ? 1 : (resolve: (value: string) => void) => resolve(kind);
      return Object.assign(kind === "function" ? () => 1 : {}, { [name]: then });
    };
    expect(await evaluated(fun, ["plain", "object", "function"])).toEqual([{ [name]: 1 }, "object", "function"]);
  });

  it("where a criterion uses its array again", async () => {
    const out = new Float64Array(2);
    expect(
      await evaluated(
        (i: number) => {
          out.fill(i);
          return out;
        },
        [1, 2],
      ),
    ).toStrictEqual([new Float64Array([1, 1]), new Float64Array([2, 2])]);
  });

  it("with the errors of tasks that failed", async () => {
    const fun = (i: number): unknown => {
      if (i === 0) throw new RangeError("too small");
      if (i === 2) return Promise.reject(new TypeError("later"));
      if (i === 3) throw "text";
      return i;
    };
    const reply = outcomesOf(await newWorker()(chunkOf(await artifactOf(fun), [0, 1, 2, 3, 4])));
    expect(endsOf(reply)).toEqual([
      "RangeError: too small",
      1,
      "TypeError: later",
      expect.stringContaining('the criterion threw "text"'),
      4,
    ]);
    expect(reply.errors[0].error.stack).toMatch(/criterion-[0-9a-f]{16}\.mjs/);
  });

  it("with an error for a result that cannot be sent; the others are sent", async () => {
    const fun = (i: number) => (i === 1 ? { f: [() => 1] } : { f: i });
    expect(await evaluated(fun, [0, 1, 2])).toEqual([
      { f: 0 },
      expect.stringMatching(/^InvalidInputError: what the criterion returned\.f\[0\] is a function.*cannot be sent/),
      { f: 2 },
    ]);
  });

  it("and says how long it took", async () => {
    const fun = async (ms: number) => {
      await new Promise((resolve) => setTimeout(resolve, ms));
    };
    const { milliseconds, count } = outcomesOf(await newWorker()(chunkOf(await artifactOf(fun), [5, 40, 5])));
    expect(count).toBe(3);
    // Timers may be a millisecond early.
    expect(milliseconds).toBeGreaterThanOrEqual(47);
  });

  it("until its time is over: the first task in any case", async () => {
    const artifact = await artifactOf((ms: number) => {
      const end = performance.now() + ms;
      while (performance.now() < end);
      return ms;
    });
    const worker = newWorker();
    expect(endsOf(await worker(chunkOf(artifact, [0, 1, 2], { sliceMs: 0 })))).toEqual([0]);
    expect(endsOf(await worker(chunkOf(artifact, [20, 1, 2], { sliceMs: 20 })))).toEqual([20]);
    expect(endsOf(await worker(chunkOf(artifact, [0, 300, 2], { sliceMs: 300 })))).toEqual([0, 300]);
    expect(endsOf(await worker(chunkOf(artifact, [0, 1, 2], { sliceMs: 60_000 })))).toEqual([0, 1, 2]);
    const failing = await artifactOf((i: number) => {
      throw new Error(`no ${i}`);
    });
    const reply = outcomesOf(await worker(chunkOf(failing, [1, 2], { sliceMs: 0 })));
    expect([reply.count, endsOf(reply)]).toEqual([1, ["Error: no 1"]]);
  });

  it("of an internal function under its own name", async () => {
    const fun = buildInternalFun({ fun: (p: number) => 3 * p, params: 1, direction: "maximize" });
    const [outcome] = (await evaluated(fun, [{ x: new Float64Array([2]) }])) as Outcome[];
    expect([outcome.value, outcome.historyEntry.worker]).toEqual([-6, "worker 7"]);
    expect(outcome.historyEntry.params).toBe(outcome.logEntry.params);
  });
});

describe("a worker has an artifact", () => {
  it("by the first request that brings it", async () => {
    const artifact = await artifactOf((i: number) => i + 1);
    const worker = newWorker();
    expect(await worker(chunkOf(artifact, [1], partsOf(artifact, "none")))).toEqual({
      kind: "need",
      parts: ["content"],
    });
    expect(endsOf(await worker(chunkOf(artifact, [1])))).toEqual([2]);
    expect(endsOf(await worker(chunkOf(artifact, [2], partsOf(artifact, "none"))))).toEqual([3]);
    expect(endsOf(await newWorker()(chunkOf(artifact, [2], partsOf(artifact, "none"))))).toBe("need");
  });

  it("and says which parts it has not", async () => {
    const artifact = await withData(negated);
    const worker = newWorker();
    const ask = async (sent: "all" | "none" | "content" | "data") =>
      worker(chunkOf(artifact, [9_999], partsOf(artifact, sent)));
    expect(await ask("none")).toEqual({ kind: "need", parts: ["content", "data"] });
    expect(await ask("content")).toEqual({ kind: "need", parts: ["data"] });
    expect(await ask("data")).toEqual({ kind: "need", parts: ["content"] });
    expect(endsOf(await ask("all"))).toEqual([-0.5]);
    expect(endsOf(await ask("none"))).toEqual([-0.5]);
  });

  it("whose data may have come with other code", async () => {
    const [one, other] = [await withData(negated), await withData(doubled)];
    expect(other.data?.hash).toBe(one.data?.hash);
    const worker = newWorker();
    await worker(chunkOf(one, [0]));
    expect(endsOf(await worker(chunkOf(other, [0], partsOf(other, "content"))))).toEqual([1]);
  });

  it("from shared memory, which it does not keep", async () => {
    const shared = (artifact: Artifact): Artifact => {
      const inShared = <T extends { bytes: Uint8Array }>(part: T) => ({ ...part, bytes: inSharedMemory(part.bytes) });
      return { ...inShared(artifact), data: artifact.data && inShared(artifact.data) } as Artifact;
    };
    const worker = newWorker();
    const buffers = (data: Float64Array) => (i: number) => [data[i], data.buffer instanceof ArrayBuffer];
    const artifact = shared(await withData(buffers as never, 0.25));
    const args = inSharedMemory(listOf([3]));
    expect(endsOf(await worker(chunkOf(artifact, [], { args })))).toEqual([[0.25, true]]);
    const other = shared(await withData(doubled, 0.25));
    expect(await worker(chunkOf(other, [0], partsOf(other, "content")))).toEqual({ kind: "need", parts: ["data"] });
    expect(endsOf(await worker(chunkOf(other, [0])))).toEqual([0.5]);
  });

  it("no longer than there is room: then it asks again", async () => {
    const [one, other] = [await withData(negated, 1), await withData(negated, 2)];
    // A quarter of 0.4 MB holds one of them.
    const worker = createChunkWorker("small", 0.4);
    for (const artifact of [one, other]) expect(endsOf(await worker(chunkOf(artifact, [0])))).toHaveLength(1);
    expect(endsOf(await worker(chunkOf(other, [0], partsOf(other, "none"))))).toEqual([-2]);
    expect(endsOf(await worker(chunkOf(one, [0], partsOf(one, "none"))))).toBe("need");
  });

  it("loaded once, also when it is asked for twice at the same time", async () => {
    const artifact = await artifactOf(() => {
      const counted = globalThis as { fanoptChunkTest?: number };
      counted.fanoptChunkTest = (counted.fanoptChunkTest ?? 0) + 1;
      return counted.fanoptChunkTest;
    });
    const worker = newWorker();
    const replies = await Promise.all([1, 2].map(() => worker(chunkOf(artifact, [0]))));
    expect(replies.flatMap(endsOf).sort()).toEqual([1, 2]);
  });
});

describe("a worker refuses", () => {
  const changed = (bytes: Uint8Array) => {
    const copy = bytes.slice();
    copy[copy.length >> 1] ^= 1;
    return copy;
  };
  const refusalOf = (reply: ChunkReply) => (reply.kind === "unusable" ? reply.error : reply.kind);

  it("an artifact that is not what its hash says, and takes the right one then", async () => {
    const artifact = await withData(negated);
    const { content, data } = partsOf(artifact);
    const worker = newWorker();
    for (const parts of [
      { content: { ...content, bytes: changed(artifact.bytes) }, data },
      { content, data: { hash: data?.hash ?? "", bytes: changed(data?.bytes ?? new Uint8Array()) } },
    ] as const)
      expect(refusalOf(await worker(chunkOf(artifact, [0], parts as never)))).toMatchObject({
        code: ARTIFACT_DAMAGED,
        message: expect.stringMatching(/has the hash [0-9a-f]{64}, expected .*changed on its way/),
      });
    expect(endsOf(await worker(chunkOf(artifact, [0])))).toEqual([-0.5]);
  });

  it("other data than the artifact names", async () => {
    const [one, other] = [await withData(negated, 1), await withData(negated, 2)];
    const worker = newWorker();
    const mixed = chunkOf(one, [0], { data: partsOf(other).data as never });
    const damaged = { code: ARTIFACT_DAMAGED, message: expect.stringMatching(/names a data part with the hash/) };
    expect(refusalOf(await worker(mixed))).toMatchObject(damaged);
    expect(endsOf(await worker(chunkOf(one, [0])))).toEqual([-1]);
    expect(refusalOf(await worker(mixed))).toMatchObject(damaged);
  });

  it("a module that does not load", async () => {
    const artifact = await artifactOf((i: number) => i);
    const content = decode(artifact.bytes) as object;
    const bytes = encode({ ...content, code: 'throw new RangeError("at load");' });
    const worker = newWorker();
    for (let i = 0; i < 2; i++)
      expect(refusalOf(await worker(chunkOf({ hash: sha256(bytes), bytes, data: null }, [0])))).toMatchObject({
        code: "criterion-load",
        message: expect.stringContaining("at load"),
      });
  });

  it("arguments that were cut short", async () => {
    const artifact = await artifactOf((i: number) => i);
    const args = listOf([1, 2]).slice(0, -3);
    expect(refusalOf(await newWorker()(chunkOf(artifact, [], { args })))).toMatchObject({
      code: ARTIFACT_DAMAGED,
      message: expect.stringContaining("The list of arguments"),
    });
  });
});
