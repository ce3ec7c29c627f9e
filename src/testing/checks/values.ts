/** Arguments and results: bit by bit. */
import { inspect } from "node:util";
import { expectSame } from "../expectation.ts";
import type { Trial } from "../trial.ts";
import type { Check } from "./check.ts";

const lookAt =
  "how arguments and results are encoded: JSON has neither NaN, −0 nor typed arrays; packArgument and loadFunction of fanopt keep them";

/** The same there and back, and made there. */
async function expectToTravel(trial: Trial, what: string, make: () => readonly unknown[]): Promise<void> {
  const evaluate = await trial.evaluator();
  const must = `keep ${what}`;
  expectSame(await evaluate((value: unknown) => value, make()), make(), { must: `${must} as arguments`, lookAt });
  const made = await evaluate(
    (index: number) => make()[index],
    make().map((_, index) => index),
  );
  expectSame(made, make(), { must: `${must} as results`, lookAt });
}

const floats = () => [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -0,
  0,
  Number.MIN_VALUE,
  -(2 ** -1023),
  Number.MAX_VALUE,
  0.1 + 0.2,
  1 / 3,
  [-0, Number.NaN, 5e-324],
  { fun: -0, jac: [Number.NaN, Number.NEGATIVE_INFINITY] },
];

/** By name: a tree with the number at one place. */
const places: Readonly<Record<string, (special: number) => unknown>> = {
  "an array": (special) => [1, special, 2],
  "an array of many numbers": (special) => Array.from({ length: 100 }, (_, i) => (i === 50 ? special : i)),
  "an array of numbers and text": (special) => ["a", special],
  "an object": (special) => ({ a: 1, special }),
  "an object in an object": (special) => ({ inner: { special } }),
  "an array in an object": (special) => ({ list: [1, special] }),
  "an array of arrays": (special) => [[1, 2], [special]],
  "an array of arrays in an object": (special) => ({ matrix: [[1], [special, 2]] }),
  "an object in an array": (special) => [{ special }],
  "a typed array in an object": (special) => ({ vector: Float64Array.of(1, special) }),
  "a value of a Map": (special) => new Map([["a", special]]),
  "an array in a Map": (special) => new Map([["a", [special]]]),
  "a Set": (special) => new Set([special]),
  "an array in a Set": (special) => new Set([[special]]),
  "an object in a Map in an array": (special) => [new Map([[1, { special }]])],
};

const specials = [-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MIN_VALUE];

async function eachPlace(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const cases = Object.keys(places).flatMap((place) => specials.map((special) => ({ place, special })));
  const make = ({ place, special }: { readonly place: string; readonly special: number }) => places[place](special);
  const expectKept = (received: readonly unknown[], as: string) => {
    for (const [index, one] of cases.entries())
      expectSame(received[index], make(one), {
        must: `keep ${inspect(one.special)} in ${one.place}, as ${as}`,
        lookAt,
      });
  };
  const numbers = cases.map(({ place, special }) => ({ place, special: Float64Array.of(special) }));
  expectKept(await evaluate(({ place, special }) => places[place](special[0]), numbers), "a result");
  expectKept(await evaluate((value: unknown) => value, cases.map(make)), "an argument");
}

const typedArrays = () => [
  Float64Array.of(Number.NaN, -0, Number.NEGATIVE_INFINITY, 5e-324, 1 / 3),
  Float32Array.of(Number.NaN, -0, 1.5),
  Int8Array.of(-128, 127),
  Uint8Array.of(0, 255),
  Uint8ClampedArray.of(0, 255),
  Int16Array.of(-32_768, 32_767),
  Uint16Array.of(65_535),
  Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
  Uint32Array.of(2 ** 32 - 1),
  BigInt64Array.of(-(2n ** 63n)),
  BigUint64Array.of(2n ** 64n - 1n),
  new Float64Array(0),
  // A part of a larger buffer.
  Float64Array.of(1, 2, 3, 4).subarray(1, 3),
];

const params = () => [
  {
    beta: 0.5,
    groups: [
      { mean: -0, weights: Float64Array.of(1, Number.NaN) },
      { mean: 1e-320, weights: new Float64Array(0) },
    ],
    "a key with spaces": { nested: { deeper: [[1, [2, [3]]]] } },
    none: [],
  },
];

const others = () => [
  undefined,
  null,
  true,
  "",
  "text with ümläuts, 日本語 and \u0000",
  123_456_789_012_345_678_901_234_567_890n,
  new Date(1_700_000_000_123),
  new Map<unknown, unknown>([
    ["a", Float64Array.of(-0)],
    [2, new Set([1, "x"])],
  ]),
  new Set([Number.NaN, "y"]),
  [undefined, null],
  { present: undefined },
];

async function large(trial: Trial): Promise<void> {
  const { largeMB } = trial.traits;
  const evaluate = await trial.evaluator();
  const length = Math.round((largeMB * 2 ** 20) / 8);
  const values = Float64Array.from({ length }, (_, i) => Math.sin(i));
  const [back] = await evaluate((arg: Float64Array) => arg.map((x) => -x), [values]);
  const expected = values.map((x) => -x);
  const isSame =
    back instanceof Float64Array &&
    Buffer.from(back.buffer, back.byteOffset, back.byteLength).equals(Buffer.from(expected.buffer));
  expectSame(isSame ? "the same" : back, "the same", {
    must: `carry an argument and a result of ${largeMB} MB`,
    lookAt: "limits of a message's size, and messages that come in several pieces",
  });
}

async function ownArgument(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const arg = { x: Float64Array.of(1, 2), list: [1] };
  const captured = { count: 0 };
  const results = await evaluate(
    (given: typeof arg) => {
      given.x[0] = 99;
      given.list.push(99);
      captured.count += 1;
      return given.x[1];
    },
    [arg, arg],
  );
  expectSame([results, arg, captured], [[2, 2], { x: Float64Array.of(1, 2), list: [1] }, { count: 0 }], {
    must: "leave the driver's own values alone, whatever a criterion does to its copies (here: results, argument, captured)",
    lookAt: "arguments that are transferred or shared instead of copied, and at the setting's isolation",
  });
}

export const valueChecks: readonly Check[] = [
  {
    group: "values",
    name: "keep NaN, infinities, −0 and subnormal numbers bit by bit",
    run: (trial) => expectToTravel(trial, "numbers bit by bit", floats),
  },
  {
    group: "values",
    name: "keep typed arrays of each kind",
    run: (trial) => expectToTravel(trial, "typed arrays and their kinds", typedArrays),
  },
  { group: "values", name: "keep special numbers at each place of a tree", run: eachPlace },
  { group: "values", name: "keep nested params", run: (trial) => expectToTravel(trial, "trees of params", params) },
  {
    group: "values",
    name: "keep undefined, bigint, text, Date, Map and Set",
    run: (trial) => expectToTravel(trial, "values of other kinds", others),
  },
  { group: "values", name: "carry large arguments and results", run: large },
  {
    group: "values",
    name: "copy what criteria get",
    applies: ({ isolation }) => isolation !== "none",
    run: ownArgument,
  },
];
