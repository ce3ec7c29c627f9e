import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Window } from "../../../src/executors/lambda/window.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

/** Takes every place there is; returns how many that were. */
function fill(window: Window): number {
  let n = 0;
  while (window.tryEnter()) n += 1;
  return n;
}

/** All in flight at once are told that they are too many, but for `taken`. */
function refuseAllBut(window: Window, taken: number): void {
  while (window.running > taken) {
    window.leave();
    window.refused();
  }
}

/** A service that runs at most `quota` invocations of `duration` ms and refuses more within `roundTrip` ms; `tasks` are to be done. */
async function simulate(setting: { quota: number; duration: number; roundTrip: number; tasks: number; max: number }) {
  const { quota, duration, roundTrip, tasks, max } = setting;
  const window = new Window(max, () => void send());
  const begun = performance.now();
  let [waiting, done, running, refusals, peak] = [tasks, 0, 0, 0, 0];
  let endedAt = Number.NaN;
  const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

  async function invoke(): Promise<void> {
    for (;;) {
      await later(roundTrip);
      if (running < quota) break;
      refusals += 1;
      window.leave();
      window.refused();
      await later(Math.random() * 100);
      await window.enterAgain();
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
  for (let i = 0; i < 5000 && done < tasks; i++) await vi.advanceTimersByTimeAsync(Math.max(10, duration / 10));
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

  it("is set to what was taken when there is a burst of refusals", () => {
    const window = new Window(1000, () => {});
    fill(window);
    refuseAllBut(window, 10);
    expect(window.limit).toBe(10);
    refuseAllBut(window, 0);
    expect(window.limit).toBe(1);
  });

  it("is halved, not emptied, by a refusal with little in flight, and grows again by one an answer", () => {
    const window = new Window(64, () => {});
    for (let i = 0; i < 3; i++) window.tryEnter();
    window.leave();
    window.refused();
    expect(window.limit).toBe(32);
    for (let i = 0; i < 32; i++) window.answered();
    expect(window.limit).toBe(64);
  });

  it("asks for more after a second without a refusal, and ever later while that is refused", async () => {
    const window = new Window(1000, () => fill(window));
    fill(window);
    refuseAllBut(window, 10);
    window.tryEnter();
    const probes: number[] = [];
    for (let ms = 0; ms < 200_000; ms += 500) {
      await vi.advanceTimersByTimeAsync(500);
      if (window.running <= 10) continue;
      probes.push(ms + 500);
      refuseAllBut(window, 10);
      window.tryEnter();
    }
    const gaps = probes.slice(1).map((at, i) => (at - probes[i]) / 1000);
    expect(probes[0]).toBe(1000);
    expect(gaps).toEqual([2, 4, 8, 16, 32, 60, 60]);
  });

  it("gives places to what was refused before it gives them to others", async () => {
    const window = new Window(1, () => order.push("new"));
    const order: string[] = [];
    window.tryEnter();
    expect(window.tryEnter()).toBe(false);
    void window.enterAgain().then(() => order.push("again"));
    window.leave();
    await vi.advanceTimersByTimeAsync(1);
    expect(order).toEqual(["again"]);
    window.leave();
    await vi.advanceTimersByTimeAsync(1);
    expect(order).toEqual(["again", "new"]);
  });

  it("gets everything through any quota, at most half slower than if it had known it, with few refusals", async () => {
    const setting = fc.record({
      quota: fc.integer({ min: 1, max: 300 }),
      duration: fc.constantFrom(100, 1000, 60_000),
      roundTrip: fc.constantFrom(5, 30),
      tasks: fc.integer({ min: 1, max: 600 }),
      max: fc.constantFrom(50, 1000),
    });
    await fc.assert(
      fc.asyncProperty(setting, async (given) => {
        const { quota, duration, roundTrip, tasks, max } = given;
        const { done, refusals, peak, endedAt } = await simulate(given);
        const rounds = Math.ceil(tasks / Math.min(quota, max));
        expect(done).toBe(tasks);
        expect(peak).toBeLessThanOrEqual(Math.min(quota, max));
        expect(endedAt).toBeLessThanOrEqual(1.5 * rounds * (duration + roundTrip) + 2 * duration + 500);
        // The first burst, a tenth of the answers, and what is asked for with time.
        expect(refusals).toBeLessThanOrEqual(1100 + 0.3 * tasks + (quota * endedAt) / 4000);
      }),
      { numRuns: 40, seed: 7 },
    );
  });
});
