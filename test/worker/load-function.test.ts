import { describe, expect, it } from "vitest";
import { packArgument, packFunction, unpackOutcome } from "../../src/transport/pack-function.ts";
import { loadFunction } from "../../src/worker/load-function.ts";
import { failure } from "../transport/project.ts";

/** There and back, as by a queue that carries bytes. */
async function byQueue<A, R>(fun: (arg: A) => R, arg: A): Promise<unknown> {
  const { bytes } = await packFunction(fun);
  return unpackOutcome(await loadFunction(Uint8Array.from(bytes), "w")(packArgument(arg)));
}

describe("a function packed and loaded", () => {
  it("is called with what the argument was, bit by bit", async () => {
    const offset = Float64Array.of(-0, Number.NaN, 5e-324);
    const arg = { x: Float64Array.of(-0, 1), n: Number.NaN };
    expect(await byQueue(({ x, n }: typeof arg) => ({ x, n, offset }), arg)).toStrictEqual({ ...arg, offset });
  });

  it("is given no holes, nothing frozen, and neither hidden properties nor those of arrays", async () => {
    const arg = {
      // biome-ignore lint/suspicious/noSparseArray: what becomes of it is tested.
      holes: [1, , 3],
      tagged: Object.assign([1], { label: "a" }),
      frozen: Object.freeze({ a: 1 }),
      hidden: Object.defineProperty({ a: 1 }, "b", { value: 2 }),
    };
    const seen = ({ holes, tagged, frozen, hidden }: typeof arg) => [
      1 in holes,
      holes[1],
      "label" in tagged,
      Object.isFrozen(frozen),
      "b" in hidden,
    ];
    expect(seen(arg)).toEqual([false, undefined, true, true, true]);
    expect(await byQueue(seen, arg)).toEqual([true, undefined, false, false, false]);
  });

  it("has its large data with it", async () => {
    const data = Float64Array.from({ length: 20_000 }, (_, i) => Math.sin(i));
    expect(await byQueue((i: number) => data[i], 19_999)).toBe(Math.sin(19_999));
  });

  it("gives the criterion's error with its name, code, cause and place", async () => {
    const error = await failure(() =>
      byQueue((x: number) => {
        throw Object.assign(new RangeError(`no ${x}`, { cause: new Error("inner") }), { code: "E_NO" });
      }, 3),
    );
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ name: "RangeError", message: "no 3", code: "E_NO", cause: { message: "inner" } });
    expect(error.stack).toMatch(/load-function\.test\.ts:\d+/);
  });

  it("tells what cannot be sent, by its path", async () => {
    expect((await failure(async () => packArgument({ a: [() => 1] }))).message).toMatch(/the argument\.a\[0\]/);
    expect((await failure(() => byQueue(() => ({ f: () => 1 }), 0))).message).toMatch(/what the criterion returned\.f/);
    expect((await failure(() => packFunction(3))).message).toMatch(/packFunction: expected the function.*received 3/);
  });

  it("gives an outcome also for bytes that are damaged", async () => {
    const { bytes } = await packFunction((x: number) => x);
    const outcome = await loadFunction(bytes.slice(0, 20))(packArgument(1));
    expect((await failure(async () => unpackOutcome(outcome))).message).toMatch(/Damaged value/);
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      "an outcome as text",
      async () => unpackOutcome("AAAA" as never),
      /^unpackOutcome: expected the bytes \(Uint8Array\) that the function of loadFunction gave, received "AAAA"/,
    ],
    ["no outcome", async () => unpackOutcome(undefined as never), /^unpackOutcome: .*received undefined/],
    [
      "an outcome that came through JSON",
      async () => unpackOutcome(JSON.parse(JSON.stringify(packArgument(1)))),
      /^unpackOutcome: .*received \{"0":.*base64/,
    ],
    [
      "what packFunction gave instead of its bytes",
      async () => unpackOutcome(await loadFunction((await packFunction(() => 1)) as never)(packArgument(1))),
      /^loadFunction: expected the bytes \(Uint8Array\) that packFunction gave, received an object that has them as \.bytes/,
    ],
    [
      "an argument that was not packed",
      async () => unpackOutcome(await loadFunction((await packFunction(() => 1)).bytes)(5 as never)),
      /^loadFunction: expected the bytes \(Uint8Array\) that packArgument gave, received 5/,
    ],
    ["an outcome of another kind", async () => unpackOutcome(Uint8Array.of(7, 0, 0)), /Damaged outcome: .*received 7/],
    ["an empty outcome", async () => unpackOutcome(new Uint8Array(0)), /Damaged outcome: .*received undefined/],
  ])("refuses %s", async (_what, act, told) => {
    const error = await failure(act);
    expect(error.name).toBe("InvalidInputError");
    expect(error.message).toMatch(told);
  });

  it("is loaded again after that has failed", async () => {
    const { bytes } = await packFunction((x: number) => x + 1);
    // The one that a worker has may be whole a moment later.
    const received = bytes.slice();
    received[0] ^= 1;
    const fun = loadFunction(received);
    const first = await fun(packArgument(1));
    received.set(bytes);
    expect((await failure(async () => unpackOutcome(first))).message).toMatch(/Damaged value/);
    expect(unpackOutcome(await fun(packArgument(1)))).toBe(2);
  });

  it("is packed once for a batch, and again when that failed", async () => {
    const fun = (x: number) => x;
    expect(await packFunction(fun)).toBe(await packFunction(fun));
    const late: { value: unknown } = { value: Promise.resolve(1) };
    const captures = () => late.value;
    expect((await failure(() => packFunction(captures))).name).toBe("SubmissionError");
    late.value = 7;
    expect(await byQueue(captures, 0)).toBe(7);
  });
});
