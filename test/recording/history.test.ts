import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../../src/errors.ts";
import { History } from "../../src/recording/history.ts";
import { makeRow } from "./rows.ts";

const names = ["a", "b"];

function historyOf(funs: readonly number[], overrides: (i: number) => object = () => ({})): History {
  const history = new History(names);
  funs.forEach((fun, i) => {
    history.append(makeRow(i, { fun, ...overrides(i) }));
  });
  return history;
}

describe("History", () => {
  it("keeps columns in batch order, x and params row-major", () => {
    const history = historyOf([3, 1, 2]);
    expect(history.length).toBe(3);
    expect(history.nParams).toBe(2);
    expect(history.nInternal).toBe(2);
    expect(history.fun).toEqual(Float64Array.of(3, 1, 2));
    expect(history.x).toEqual(Float64Array.of(0, -0, 1, -1, 2, -2));
    expect(history.params).toEqual(Float64Array.of(0.5, 1, 1.5, 1 / 2, 2.5, 1 / 3));
    expect(history.worker).toEqual(["driver", "driver", "driver"]);
    expect(history.batch).toEqual(Int32Array.of(0, 0, 0));
  });

  it("hands out views that stay as they were when it grows", () => {
    const history = historyOf([5]);
    const before = history.fun;
    for (let i = 1; i < 1000; i++) history.append(makeRow(i));
    expect(before).toEqual(Float64Array.of(5));
    expect(history.fun.length).toBe(1000);
    expect(history.fun[0]).toBe(5);
  });

  it("copies what it is given and what it hands out as a row", () => {
    const history = new History(names);
    const params = Float64Array.of(1, 2);
    history.append(makeRow(0, { params }));
    params[0] = 99;
    history.row(0).params[1] = 99;
    expect(history.row(0).params).toEqual(Float64Array.of(1, 2));
  });

  it("keeps info where there is some, null elsewhere, whenever it is looked at", () => {
    const info = { iterations: 3 };
    const looked = historyOf([1]);
    const live = looked.info;
    expect(live).toEqual([null]);
    const unseen = historyOf([1]);
    for (const history of [looked, unseen]) {
      history.append(makeRow(1, { info }));
      history.append(makeRow(2));
      expect(history.info).toEqual([null, info, null]);
      expect([...history].map((row) => row.info)).toEqual([null, info, null]);
    }
    expect(live).toEqual([null, info, null]);
    expect(historyOf([1, 2]).row(1).info).toBeNull();
  });

  it.each([1, -1, 0.5, Number.NaN])("refuses to append index %s as the first point", (index) => {
    expect(() => new History(names).append(makeRow(0, { index }))).toThrow(InvalidInputError);
    expect(() => new History(names).append(makeRow(0, { index }))).toThrow(/next index is 0/);
  });

  it("refuses arrays of another length, and stays as it was", () => {
    const history = historyOf([1]);
    expect(() => history.append(makeRow(1, { params: Float64Array.of(1) }))).toThrow(/1 parameters, expected 2/);
    expect(() => history.append(makeRow(1, { x: new Float64Array(3) }))).toThrow(/length 3, the points before have 2/);
    history.append(makeRow(1));
    expect(history.length).toBe(2);
  });

  it.each([-1, 2, 0.5])("has no row %s among two", (i) => {
    expect(() => historyOf([1, 2]).row(i)).toThrow(/position from 0 to 1/);
  });

  it("finds the best by direction, the earliest among equals", () => {
    const history = historyOf([3, 1, 7, 1, 7]);
    expect(history.best("minimize")?.index).toBe(1);
    expect(history.best("maximize")?.index).toBe(2);
    expect(history.runningBest("minimize")).toEqual(Float64Array.of(3, 1, 1, 1, 1));
    expect(history.runningBest("maximize")).toEqual(Float64Array.of(3, 3, 7, 7, 7));
  });

  it("never lets a failed point or NaN win, whatever its value", () => {
    const history = historyOf([Number.NaN, -1e9, 4, 1e9, 5], (i) => ({
      error: i === 1 || i === 3 ? "Error: no" : null,
    }));
    expect(history.best("minimize")?.fun).toBe(4);
    expect(history.best("maximize")?.fun).toBe(5);
    expect(history.runningBest("minimize")).toEqual(Float64Array.of(Number.NaN, Number.NaN, 4, 4, 4));
  });

  it("has as the best one that violates no nonlinear constraint, else the one that violates them least", () => {
    const infeasible = historyOf([1, 5, 4], (i) => ({ violation: [3, 0.5, 2][i] }));
    expect(infeasible.best("minimize")?.fun).toBe(5);
    expect(infeasible.runningBest("minimize")).toEqual(new Float64Array(3).fill(Number.NaN));
    const history = historyOf([1, 5, 4, 2], (i) => ({ violation: [0.1, 0, 0, Number.NaN][i] }));
    expect(history.best("minimize")?.fun).toBe(4);
    expect(history.best("maximize")?.fun).toBe(5);
    expect(history.runningBest("minimize")).toEqual(Float64Array.of(Number.NaN, 5, 4, 4));
    expect(history.violation).toEqual(Float64Array.of(0.1, 0, 0, Number.NaN));
  });

  it("has no best without a value, and takes an infinity when the criterion returned one", () => {
    expect(new History(names).best("minimize")).toBeNull();
    expect(historyOf([Number.NaN]).best("maximize")).toBeNull();
    expect(historyOf([1, Number.NEGATIVE_INFINITY]).best("minimize")?.index).toBe(1);
    expect(historyOf([Number.POSITIVE_INFINITY]).best("minimize")?.index).toBe(0);
  });

  it("takes points with holes only when they were read back, and only ascending", () => {
    const history = History.from(names, [makeRow(1), makeRow(4)]);
    expect(history.index).toEqual(Int32Array.of(1, 4));
    expect(history.row(1).index).toBe(4);
    expect(() => History.from(names, [makeRow(4), makeRow(1)])).toThrow(/ascending order of index; got 1 after 4/);
  });

  it("stays small with 100,000 points: arrays grow to at most half more than is used", () => {
    const history = new History(names);
    const row = makeRow(0, { rawFun: new Float64Array(14) });
    for (let index = 0; index < 100_000; index++) history.append({ ...row, index });
    for (const column of [history.fun, history.x, history.params, history.batch])
      expect(column.buffer.byteLength).toBeLessThanOrEqual(1.5 * column.byteLength + 128);
    expect(history.row(99_999).rawFun).toEqual(new Float64Array(14));
  });
});
