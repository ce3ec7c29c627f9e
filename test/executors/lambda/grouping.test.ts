import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Grouping } from "../../../src/executors/lambda/grouping.ts";

/** Milliseconds until all are done, counted by playing it: the driver sends one invocation after the other, each waits for a free worker. */
function played(waiting: number, k: number, limit: number, task: number, overhead: number): number {
  const free = new Array<number>(limit).fill(0);
  let driver = 0;
  let end = 0;
  for (let left = waiting; left > 0; left -= k) {
    const worker = free.indexOf(Math.min(...free));
    driver = Math.max(driver, free[worker]) + 0.4;
    free[worker] = driver + overhead + Math.min(k, left) * task;
    end = Math.max(end, free[worker]);
  }
  return end;
}

describe("Grouping", () => {
  it("is the number that was asked for", () => {
    const three = new Grouping(3);
    three.measure("a", 1, 1e6, 1e6);
    expect(three.size("a", 1000, 2)).toBe(3);
  });

  it("is one before anything was measured, and for what takes long", () => {
    const auto = new Grouping("auto");
    expect(auto.size("a", 1000, 10)).toBe(1);
    auto.measure("a", 1, 60_020, 60_000);
    expect(auto.size("a", 1000, 10)).toBe(1);
    expect(auto.size("b", 1000, 10)).toBe(1);
  });

  it("keeps an invocation of cheap points below 30 s", () => {
    const auto = new Grouping("auto");
    auto.measure("a", 1, 120, 100);
    expect(auto.size("a", 1_000_000, 1)).toBeLessThanOrEqual(300);
  });

  it("ends nearly as soon as the best number would", () => {
    const setting = fc.record({
      waiting: fc.integer({ min: 1, max: 300 }),
      limit: fc.integer({ min: 1, max: 40 }),
      task: fc.double({ min: 0.05, max: 200, noNaN: true }),
      overhead: fc.double({ min: 1, max: 100, noNaN: true }),
    });
    fc.assert(
      fc.property(setting, ({ waiting, limit, task, overhead }) => {
        const auto = new Grouping("auto");
        auto.measure("a", 1, overhead + task, task);
        const chosen = played(waiting, auto.size("a", waiting, limit), limit, task, overhead);
        const sizes = Array.from({ length: waiting }, (_, i) => i + 1);
        const best = Math.min(...sizes.map((k) => played(waiting, k, limit, task, overhead)));
        expect(chosen / best).toBeLessThanOrEqual(1.35);
      }),
      { numRuns: 200 },
    );
  });
});
