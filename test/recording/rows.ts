import fc from "fast-check";
import type { HistoryRow, RunRecord, Task } from "../../src/recording/types.ts";
import type { Usage } from "../../src/usage.ts";

/** A point with plain values; override what the test is about. */
export function makeRow(index: number, overrides: Partial<HistoryRow> = {}): HistoryRow {
  return {
    index,
    step: 0,
    batch: Math.floor(index / 4),
    task: "fun",
    x: Float64Array.of(index, -index),
    params: Float64Array.of(index + 0.5, 1 / (index + 1)),
    fun: 100 - index,
    violation: 0,
    rawFun: null,
    startedAt: 1_700_000_000_000 + index,
    stoppedAt: 1_700_000_000_001.125 + index,
    workerDuration: 1.0625,
    worker: "driver",
    error: null,
    info: null,
    usage: null,
    ...overrides,
  };
}

export function makeRun(runId: string, overrides: Partial<RunRecord> = {}): RunRecord {
  return {
    runId,
    runName: "influenza",
    status: "running",
    direction: "minimize",
    algorithm: "levenberg-marquardt",
    algorithmOptions: { trials: 4 },
    createdAt: 1_700_000_000_000,
    endedAt: null,
    paramNames: ["beta", "gamma"],
    startParams: Float64Array.of(1, 0.5),
    version: "0.1.0",
    summary: null,
    ...overrides,
  };
}

/** Every kind of double: subnormals, infinities, NaN, −0 and integers above 2^53 included. */
export const anyDouble: fc.Arbitrary<number> = fc.oneof(
  fc.double(),
  fc.constantFrom(
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -0,
    0,
    Number.MIN_VALUE,
    -Number.MIN_VALUE,
    2.2250738585072009e-308,
    Number.MAX_VALUE,
    2 ** 53 + 2,
    1e126,
    1e-131,
  ),
);

export function doubles(length: number): fc.Arbitrary<Float64Array> {
  return fc.array(anyDouble, { minLength: length, maxLength: length }).map((values) => Float64Array.from(values));
}

const amount: fc.Arbitrary<number> = fc.oneof(fc.constant(0), fc.double({ min: 1e-12, max: 1e9, noNaN: true }));

/** Counts, and amounts that no decimal of a few digits holds. */
export const anyUsage: fc.Arbitrary<Usage> = fc.record({
  invocations: fc.nat(),
  coldStarts: fc.nat(2),
  throttles: fc.nat(2),
  reconnects: fc.nat(2),
  duplicates: fc.nat(2),
  hedges: fc.nat(2),
  billedMs: amount,
  gigabyteSeconds: amount,
  cost: amount,
});

/** What a criterion may return beside its value. */
const anyInfo: fc.Arbitrary<unknown> = fc
  .oneof(
    fc.constant(null),
    fc.anything({ withMap: true, withSet: true, withDate: true, withTypedArray: true, withBigInt: true, maxDepth: 3 }),
    fc.record({ iterations: fc.nat(), path: fc.array(anyDouble, { minLength: 8, maxLength: 20 }), $: fc.string() }),
  )
  .map((info) => info ?? null);

/** Rows 0 … count − 1 of a run with n internal and p external parameters. */
export function anyRows(n: number, p: number, maxLength = 30): fc.Arbitrary<HistoryRow[]> {
  const task = fc.constantFrom<Task>("fun", "jac", "fun-and-jac", "exploration");
  const time = fc.double({ min: 1.6e12, max: 2e12, noNaN: true });
  const row = fc.record({
    step: fc.nat(20),
    batch: fc.nat(1e6),
    task,
    x: doubles(n),
    params: doubles(p),
    fun: anyDouble,
    violation: fc.oneof(fc.constant(0), fc.double({ min: 0 }), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY)),
    rawFun: fc.option(fc.nat(5).chain(doubles)),
    startedAt: time,
    stoppedAt: time,
    workerDuration: fc.oneof(fc.constantFrom(Number.NaN, 0), fc.double({ min: 1e-9, max: 9e5, noNaN: true })),
    worker: fc.oneof(fc.constantFrom("driver", "lambda-1"), fc.string({ unit: "grapheme" })),
    error: fc.option(fc.string({ unit: "grapheme" })),
    info: anyInfo,
    usage: fc.option(anyUsage),
  });
  return fc.array(row, { maxLength }).map((rows) => rows.map((r, index) => ({ index, ...r })));
}

/** The bits of doubles, one canonical NaN: what "exact" means here. */
export function bits(values: ArrayLike<number>): bigint[] {
  return Array.from(new BigUint64Array(Float64Array.from(values).buffer));
}
