import fc from "fast-check";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { backoff } from "../../../src/executors/lambda/retry.ts";
import { Window } from "../../../src/executors/lambda/window.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

/** Takes every place there is; returns how many that were. */
function fill(window: Window): number {
  let n = 0;
  while (window.tryEnter()) n += 1;
  return n;
}

/** All in flight but `taken` are told that they are too many, and are parked for a minute. Returns what gives these up. */
function refuseAllBut(window: Window, taken: number): () => void {
  const drops: Array<() => void> = [];
  while (window.running > taken) {
    window.leave();
    window.refused();
    void window.enterAgain(60_000, 0, (drop) => drops.push(drop));
  }
  return () => {
    for (const drop of drops) drop();
  };
}

interface Simulated {
  readonly quota: number;
  readonly duration: number;
  readonly roundTrip: number;
  readonly tasks: number;
  readonly max: number;
  /** Of the jitter. */
  readonly seed: number;
}

/** A service that runs at most `quota` invocations of `duration` ms and refuses more within `roundTrip` ms; `tasks` are to be done. */
async function simulate(setting: Simulated) {
  const { quota, duration, roundTrip, tasks, max, seed } = setting;
  const generator = xoroshiro128plus(seed);
  const random = () => uniformInt(generator, 0, 2 ** 24) / 2 ** 24;
  const window = new Window(max, () => void send());
  const begun = performance.now();
  let [waiting, done, running, refusals, peak] = [tasks, 0, 0, 0, 0];
  let endedAt = Number.NaN;
  const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

  async function invoke(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await later(roundTrip);
      if (running < quota) break;
      refusals += 1;
      window.leave();
      window.refused();
      await window.enterAgain(backoff(attempt, {}, random), 0, () => {});
    }
    running += 1;
    peak = Math.max(peak, running);
    await later(duration);
    running -= 1;
    window.answered();
    window.leave();
    done += 1;
    if (done === tasks) endedAt = performance.now() - begun;
  }
  function send(): void {
    while (waiting > 0 && window.tryEnter()) {
      waiting -= 1;
      void invoke();
    }
  }
  send();
  for (let i = 0; i < 20_000 && done < tasks; i++) await vi.advanceTimersByTimeAsync(Math.max(10, duration / 10));
  return { done, refusals, peak, endedAt };
}

describe("Window", () => {
  it("begins with 64 and doubles every 25 ms up to the most, answers or not, while something waits", async () => {
    const window = new Window(1000, () => fill(window));
    fill(window);
    const seen = [window.running];
    for (let i = 0; i < 5; i++) {
      await vi.advanceTimersByTimeAsync(25);
      seen.push(window.running);
    }
    expect(seen).toEqual([64, 128, 256, 512, 1000, 1000]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not grow while nothing waits", async () => {
    const window = new Window(1000, () => {});
    expect(window.tryEnter()).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(window.limit).toBe(64);
  });

  it("never has more in flight than the most", async () => {
    const window = new Window(3, () => {});
    expect(fill(window)).toBe(3);
    await vi.advanceTimersByTimeAsync(1000);
    for (let i = 0; i < 10; i++) window.answered();
    expect(window.tryEnter()).toBe(false);
  });

  it("is set to what was taken when more are refused than are in flight", () => {
    const window = new Window(1000, () => {});
    fill(window);
    refuseAllBut(window, 10);
    expect(window.limit).toBe(10);
  });

  it("stays where it is when fewer are refused than are in flight: there may be other reasons", () => {
    const window = new Window(64, () => {});
    fill(window);
    refuseAllBut(window, 40);
    expect(window.limit).toBe(64);
  });

  it("grows by one an answer up to where it was lowered, slowly from there on, and not while something is parked", () => {
    const window = new Window(1000, () => {});
    fill(window);
    const drop = refuseAllBut(window, 30);
    for (let i = 0; i < 100; i++) window.answered();
    expect(window.limit).toBe(30);
    drop();
    for (let i = 0; i < 31; i++) window.answered();
    // A tenth each.
    expect(window.limit).toBe(33);
    while (window.running > 10) window.leave();
    expect(window.limit).toBe(33);
  });

  it("gives what was refused the place of what was answered, before its time and before what is new", async () => {
    const order: string[] = [];
    const window = new Window(1, () => order.push("new"));
    window.tryEnter();
    expect(window.tryEnter()).toBe(false);
    void window.enterAgain(60_000, 0, () => {}).then((hasPlace) => order.push(`again: ${hasPlace}`));
    window.answered();
    window.leave();
    await vi.advanceTimersByTimeAsync(1);
    expect(order).toEqual(["again: true"]);
    window.answered();
    window.leave();
    await vi.advanceTimersByTimeAsync(1);
    expect(order).toEqual(["again: true", "new"]);
  });

  it("gives what was refused its place after its time where nothing is answered, never before the service allows", async () => {
    const order: string[] = [];
    const window = new Window(2, () => order.push("new"));
    window.tryEnter();
    void window.enterAgain(500, 400, () => {}).then(() => order.push("again"));
    window.answered();
    window.leave();
    await vi.advanceTimersByTimeAsync(399);
    expect(order).toEqual([]);
    await vi.advanceTimersByTimeAsync(101);
    expect(order).toEqual(["again"]);
    expect(window.running).toBe(1);
  });

  it("forgets what was parked when nobody waits for it any more", async () => {
    const window = new Window(1, () => {});
    let drop = () => {};
    const place = window.enterAgain(60_000, 0, (given) => {
      drop = given;
    });
    drop();
    expect(await place).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
    expect(window.tryEnter()).toBe(true);
  });

  it("gets everything through any quota, at most half slower than if it had known it, with few refusals", async () => {
    const setting = fc.record({
      quota: fc.integer({ min: 1, max: 300 }),
      duration: fc.constantFrom(100, 1000, 60_000),
      roundTrip: fc.constantFrom(5, 30),
      tasks: fc.integer({ min: 1, max: 600 }),
      max: fc.constantFrom(50, 1000),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(setting, async (given) => {
        const { quota, duration, roundTrip, tasks, max } = given;
        const { done, refusals, peak, endedAt } = await simulate(given);
        const rounds = Math.ceil(tasks / Math.min(quota, max));
        expect(done).toBe(tasks);
        expect(peak).toBeLessThanOrEqual(Math.min(quota, max));
        expect(endedAt).toBeLessThanOrEqual(1.5 * rounds * (duration + roundTrip) + 2 * duration + 500);
        // At most one for each answer, besides the first burst and what is tried again with time.
        expect(refusals).toBeLessThanOrEqual(tasks + 2 * max + endedAt / 10);
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});
