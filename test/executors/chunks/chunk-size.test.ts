import { describe, expect, it } from "vitest";
import { Pace } from "../../../src/executors/chunks/chunk-size.ts";

describe("how many tasks share a message", () => {
  it("is one before anything was measured", () => {
    expect(new Pace().size(1_000, 2)).toBe(1);
  });

  it("is one for tasks of milliseconds", () => {
    const pace = new Pace();
    pace.measure(1, 3);
    expect(pace.size(1_000, 2)).toBe(1);
  });

  it("is what takes two milliseconds for shorter ones", () => {
    const pace = new Pace();
    pace.measure(10, 1);
    expect(pace.size(1_000, 2)).toBe(20);
  });

  it("leaves the same for each worker that has nothing to do", () => {
    const pace = new Pace();
    pace.measure(1_000, 1);
    expect([pace.size(16, 2), pace.size(8, 1), pace.size(17, 4), pace.size(1, 4)]).toEqual([8, 8, 5, 1]);
  });

  it("takes a longer task into account at once, and forgets it by and by", () => {
    const pace = new Pace();
    pace.measure(1_000, 1);
    pace.measure(1, 10);
    expect(pace.size(1_000, 2)).toBe(1);
    for (let i = 0; i < 30; i++) pace.measure(1, 0.001);
    expect(pace.size(1_000, 2)).toBe(500);
  });

  it("is one for a thousand tasks after a slow one, however quick they are", () => {
    const pace = new Pace();
    pace.measure(1_000, 1);
    pace.measure(500, 1_000);
    for (let i = 0; i < 999; i++) {
      pace.measure(1, 0.001);
      expect(pace.size(1_000, 2)).toBe(1);
    }
    pace.measure(1, 0.001);
    expect(pace.size(1_000, 2)).toBe(500);
  });

  it("takes tasks that took no time by the clock", () => {
    const pace = new Pace();
    pace.measure(4, 0);
    expect(pace.size(10, 2)).toBe(5);
  });
});

describe("a message that others may wait for", () => {
  it("takes four milliseconds at most, as far as is known", () => {
    const pace = new Pace();
    expect(pace.isShort(1)).toBe(false);
    pace.measure(10, 1);
    expect([pace.isShort(40), pace.isShort(41)]).toEqual([true, false]);
  });

  it("is none that follows a slow task", () => {
    const pace = new Pace();
    pace.measure(1_000, 1);
    pace.measure(500, 1_000);
    for (let i = 0; i < 1_000; i++) {
      expect(pace.isShort(1)).toBe(false);
      pace.measure(1, 0.001);
    }
    expect(pace.isShort(1)).toBe(true);
  });
});
