import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RoundTally, Tally } from "../../src/optimize/tally.ts";
import type { HistoryRow } from "../../src/recording/types.ts";
import { addUsage, noUsage, type Usage } from "../../src/usage.ts";

const names = Object.keys(noUsage) as (keyof Usage)[];
/** Multiples of 1/1024: their sums are exact, so any order gives the same. */
const amount = fc.nat(2 ** 20).map((n) => n / 1024);
const anyUsage = fc.record(Object.fromEntries(names.map((name) => [name, amount])), { noNullPrototype: true });
const nPoints = 4;
const parts = fc.array(fc.record({ index: fc.nat(nPoints - 1), usage: anyUsage }), { maxLength: 20 });

function newTally(): Tally {
  return new Tally({
    paramNames: ["x"],
    direction: "minimize",
    runName: "r",
    algorithm: "a",
    step: 0,
    writer: {
      location: "",
      addPoints: () => {},
      putStep: async () => {},
      flush: async () => {},
      finish: async () => {},
    },
    progress: { update: () => {}, note: (message) => expect.fail(message), finish: () => {} },
  });
}

function end(round: RoundTally, index: number): void {
  const x = Float64Array.of(index);
  const common = {
    task: "fun",
    x,
    params: x,
    fun: 1,
    violation: 0,
    rawFun: null,
    worker: "w",
    error: null,
    info: null,
  } as const;
  round.ended(index, { ...common, startedAt: 0, stoppedAt: 1, workerDuration: 1 });
}

function sum(usages: Iterable<Partial<Usage>>): Usage {
  let total = noUsage;
  for (const usage of usages) total = addUsage(total, usage);
  return total;
}

describe("usage", () => {
  it("is the same total in whatever order it is told", () => {
    const shuffledParts = parts.chain((told) =>
      fc.tuple(fc.constant(told), fc.shuffledSubarray(told, { minLength: told.length })),
    );
    fc.assert(
      fc.property(shuffledParts, ([told, shuffled]) => {
        const [one, other] = [told, shuffled].map((order) => {
          const tally = newTally();
          const round = tally.beginRound(nPoints);
          for (const { index, usage } of order) round.used(index, usage);
          return tally.usage;
        });
        expect(one).toEqual(other);
        expect(one).toEqual(told.length === 0 ? null : sum(told.map(({ usage }) => usage)));
      }),
    );
  });

  it("of all rows, and what came after a point had ended, is the total", () => {
    fc.assert(
      fc.property(parts, fc.array(fc.nat(20), { minLength: nPoints, maxLength: nPoints }), (told, endsAfter) => {
        const tally = newTally();
        const round = tally.beginRound(nPoints);
        const late: Partial<Usage>[] = [];
        for (let i = 0; i <= 20; i++) {
          endsAfter.forEach((at, index) => {
            if (at === i) end(round, index);
          });
          if (i >= told.length) continue;
          const { index, usage } = told[i];
          round.used(index, usage);
          if (endsAfter[index] <= i) late.push(usage);
        }
        round.finish();
        const rows: readonly HistoryRow[] = [...tally.history];
        expect(rows).toHaveLength(nPoints);
        expect(sum([...rows.map(({ usage }) => usage ?? {}), ...late])).toEqual(tally.usage ?? noUsage);
        for (const { index, usage } of rows)
          expect(usage === null).toBe(!told.some((part, i) => part.index === index && i < endsAfter[index]));
      }),
    );
  });
});
