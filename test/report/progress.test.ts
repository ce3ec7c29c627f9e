import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { InvalidInputError } from "../../src/errors.ts";
import { type ProgressStream, resolveProgress } from "../../src/report/progress.ts";
import type { ProgressReporter, ProgressState } from "../../src/report/types.ts";
import { noUsage } from "../../src/usage.ts";
import { renderScreen } from "./terminal-screen.ts";

class RecordingStream implements ProgressStream {
  readonly writes: string[] = [];
  readonly isTTY: boolean;
  columns: number;

  constructor(isTTY: boolean, columns = 200) {
    this.isTTY = isTTY;
    this.columns = columns;
  }

  write(text: string): void {
    this.writes.push(text);
  }

  get output(): string {
    return this.writes.join("");
  }
}

const start: ProgressState = {
  runName: "influenza",
  algorithm: "levenberg-marquardt",
  direction: "minimize",
  bestFun: null,
  leastViolation: null,
  startFun: null,
  nRounds: 0,
  nPoints: 0,
  nInFlight: 0,
  nFailed: 0,
  usage: null,
  elapsedMs: 0,
};
const later: ProgressState = {
  ...start,
  bestFun: 4121.94,
  leastViolation: 0,
  startFun: 9e5,
  nRounds: 12,
  nPoints: 1096,
  nInFlight: 8,
  nFailed: 2,
  elapsedMs: 5000,
};
const success = { success: true, message: "Converged." };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("an infeasible point is not called the best", () => {
  const stream = new RecordingStream(true);
  resolveProgress(undefined, stream, {}).update({ ...later, bestFun: null, leastViolation: 0.25 });
  expect(renderScreen(stream.output)[0]).toContain(
    "not feasible yet: constraints violated by 0.25 at least · 12 rounds",
  );
});

describe("on a terminal", () => {
  function live(columns?: number, env: Record<string, string> = {}): [ProgressReporter, RecordingStream] {
    const stream = new RecordingStream(true, columns);
    return [resolveProgress(undefined, stream, env), stream];
  }

  test("one line shows best value, rounds, points, in flight, failed and elapsed", () => {
    const [progress, stream] = live();
    progress.update(later);
    expect(renderScreen(stream.output)).toEqual([
      expect.stringMatching(
        /^\S influenza · best 4121\.94 · 12 rounds · 1,096 points · 8 in flight · 2 failed · 5\.0 s$/,
      ),
    ]);
  });

  test("shows what it cost, what was throttled and what was repeated, once there is such a thing", () => {
    for (const [usage, text] of [
      [{ ...noUsage, cost: 0.0123 }, "2 failed · $0.0123 · 5.0 s"],
      [{ ...noUsage, throttles: 1200, duplicates: 3 }, "2 failed · 1,200 throttled · 3 repeated · 5.0 s"],
      [noUsage, "2 failed · 5.0 s"],
      [null, "2 failed · 5.0 s"],
    ] as const) {
      const [progress, stream] = live();
      progress.update({ ...later, usage });
      expect(renderScreen(stream.output)[0].endsWith(text)).toBe(true);
      progress.finish({ ...later, usage: { ...noUsage, cost: 4.8 } }, success);
      expect(renderScreen(stream.output)[0]).toMatch(/2 failed, \$4\.80, 5\.0 s\. Converged\.$/);
    }
  });

  test("says that there is no value yet, and nothing of failures while there are none", () => {
    const [progress, stream] = live();
    progress.update({ ...start, nRounds: 1, nInFlight: 3 });
    expect(renderScreen(stream.output)[0]).toMatch(/no value yet · 1 round · 0 points · 3 in flight · 0 ms$/);
  });

  test("ticks and counts the time while nothing arrives", () => {
    const [progress, stream] = live();
    progress.update(later);
    const before = renderScreen(stream.output)[0];
    vi.advanceTimersByTime(2000);
    const after = renderScreen(stream.output)[0];
    expect(after).toMatch(/· 7\.0 s$|· 6\.9 s$/);
    expect(after[0]).not.toBe(before[0]);
  });

  test("redraws at most ten times a second however often it is told", () => {
    const [progress, stream] = live();
    for (let i = 0; i < 3000; i++) {
      progress.update({ ...later, nPoints: i });
      vi.advanceTimersByTime(1);
    }
    expect(stream.writes.length).toBeLessThanOrEqual(31);
    expect(stream.writes.length).toBeGreaterThanOrEqual(20);
  });

  test("is cut to the width of the terminal, also after it changed", () => {
    const [progress, stream] = live(30);
    progress.update({ ...later, runName: "模型".repeat(4) });
    expect(renderScreen(stream.output)[0]).toBe("⠋ 模型模型模型模型 · best 41…"); // 29 columns: the last stays free, or the cursor would wrap
    stream.columns = 12;
    vi.advanceTimersByTime(200);
    expect(renderScreen(stream.writes[stream.writes.length - 1])[0].length).toBeLessThan(12);
  });

  test("notes stand above the line, which goes on below them", () => {
    const [progress, stream] = live();
    progress.update(later);
    progress.note("point 7 failed:\n  singular \x1b[31mmatrix");
    progress.note("invocation repeated");
    vi.advanceTimersByTime(500);
    expect(renderScreen(stream.output)).toEqual([
      "point 7 failed:   singular matrix",
      "invocation repeated",
      expect.stringContaining("influenza · best"),
    ]);
  });

  test("finish leaves one closing line and an empty one, and no timer", () => {
    const [progress, stream] = live();
    progress.update(later);
    progress.finish({ ...later, nInFlight: 0, elapsedMs: 6123 }, success);
    expect(renderScreen(stream.output)).toEqual([
      "influenza: finished: best 4121.94, 12 rounds, 1,096 points, 2 failed, 6.1 s. Converged.",
      "",
    ]);
    expect(vi.getTimerCount()).toBe(0);
    const { length } = stream.writes;
    progress.update(later);
    progress.finish(later, success);
    vi.advanceTimersByTime(1000);
    expect(stream.writes.length).toBe(length);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("an unsuccessful end says so", () => {
    const [progress, stream] = live();
    progress.finish(later, { success: false, message: "Stopped at maxFunEvals." });
    expect(renderScreen(stream.output)[0]).toMatch(/^influenza: ended without success: .*Stopped at maxFunEvals\.$/);
  });

  test("is coloured unless NO_COLOR is set to something", () => {
    const [colored, coloredStream] = live(200, { NO_COLOR: "" });
    const [plain, plainStream] = live(200, { NO_COLOR: "1" });
    colored.update(later);
    plain.update(later);
    expect(coloredStream.output).toContain("\x1b[1m");
    expect(plainStream.output.replaceAll("\x1b[K", "")).not.toContain("\x1b");
    expect(renderScreen(coloredStream.output)).toEqual(renderScreen(plainStream.output));
  });
});

describe("without a terminal", () => {
  const plainOnes: [string, boolean, Record<string, string>][] = [
    ["a pipe", false, {}],
    ["CI", true, { CI: "true" }],
    ["TERM=dumb", true, { TERM: "dumb" }],
  ];

  test.each(plainOnes)("%s gets plain lines: the first after a second", (_, isTTY, env) => {
    const stream = new RecordingStream(isTTY);
    const progress = resolveProgress(true, stream, env);
    progress.update(start);
    progress.update(later);
    vi.advanceTimersByTime(900);
    expect(stream.writes).toEqual([]);
    vi.advanceTimersByTime(700);
    expect(stream.writes).toHaveLength(1);
    expect(stream.writes[0]).toMatch(
      /^influenza: best 4121\.94, 12 rounds, 1,096 points, 8 in flight, 2 failed, \d\.\d s\n$/,
    );
  });

  test("CI=false is no CI", () => {
    const stream = new RecordingStream(true);
    resolveProgress(true, stream, { CI: "false" }).update(later);
    expect(stream.writes).toHaveLength(1);
  });

  test("an hour of steady progress is about 125 lines, half a minute apart in the end", () => {
    const stream = new RecordingStream(false);
    const progress = resolveProgress(true, stream, {});
    for (let s = 0; s < 3600; s++) {
      progress.update({ ...later, nPoints: s, elapsedMs: s * 1000 });
      vi.advanceTimersByTime(1000);
    }
    expect(stream.writes.length).toBeGreaterThan(115);
    expect(stream.writes.length).toBeLessThan(130);
  });

  test("while nothing changes a line every five minutes shows that it is alive", () => {
    const stream = new RecordingStream(false);
    const progress = resolveProgress(true, stream, {});
    progress.update(later);
    vi.advanceTimersByTime(3600_000);
    expect(stream.writes.length).toBeGreaterThanOrEqual(11);
    expect(stream.writes.length).toBeLessThanOrEqual(14);
  });

  test("a short run still gets its last line; notes come at once; nothing is coloured", () => {
    const stream = new RecordingStream(false);
    const progress = resolveProgress(true, stream, {});
    progress.update(start);
    progress.note("point 7\nfailed");
    progress.finish(later, success);
    expect(stream.output).toBe(
      "influenza: point 7 failed\n" +
        "influenza: finished: best 4121.94, 12 rounds, 1,096 points, 2 failed, 5.0 s. Converged.\n",
    );
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("false is silent", () => {
  const stream = new RecordingStream(true);
  const progress = resolveProgress(false, stream, {});
  progress.update(start);
  progress.note("a note");
  vi.advanceTimersByTime(5000);
  progress.finish(later, success);
  expect(stream.writes).toEqual([]);
});

describe("a reporter of the user", () => {
  test("gets every call as it is", () => {
    const reporter = { update: vi.fn(), note: vi.fn(), finish: vi.fn() };
    const progress = resolveProgress(reporter);
    progress.update(later);
    progress.note("a note");
    progress.finish(later, success);
    expect(reporter.update.mock.calls).toEqual([[later]]);
    expect(reporter.note.mock.calls).toEqual([["a note"]]);
    expect(reporter.finish.mock.calls).toEqual([[later, success]]);
  });

  test("keeps its `this`", () => {
    class Counter implements ProgressReporter {
      count = 0;
      update(): void {
        this.count++;
      }
      note(): void {}
      finish(): void {}
    }
    const counter = new Counter();
    resolveProgress(counter).update(later);
    expect(counter.count).toBe(1);
  });

  test("that throws does not end the run: one warning, then only finish is called", () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const finish = vi.fn();
    const update = vi.fn(() => {
      throw new TypeError("no such element");
    });
    const progress = resolveProgress({ update, note() {}, finish });
    progress.update(start);
    progress.update(later);
    progress.finish(later, success);
    expect(update).toHaveBeenCalledTimes(1);
    expect(finish).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0][0]).toContain("reporter's update threw TypeError: no such element");
    warn.mockRestore();
  });
});

test.each<[unknown, RegExp]>([
  ["yes", /progress must be true, false or a reporter .*received "yes"/],
  [null, /received null/],
  [() => {}, /received .*function/],
  [{ update() {}, finish() {} }, /without the method note\./],
  [{}, /without the methods update, note, finish\./],
])("%o is refused", (value, message) => {
  const resolve = (): unknown => resolveProgress(value as boolean);
  expect(resolve).toThrow(InvalidInputError);
  expect(resolve).toThrow(message);
});
