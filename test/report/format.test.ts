import { describe, expect, test } from "vitest";
import {
  formatBytes,
  formatCount,
  formatDistinct,
  formatDollars,
  formatDuration,
  formatNumber,
} from "../../src/report/format.ts";

describe("formatNumber", () => {
  test.each([
    [4121.94, "4121.94"],
    [4121.940001, "4121.94"],
    [1.6692, "1.6692"],
    [0, "0"],
    [-0, "0"],
    [-12.5, "-12.5"],
    [100, "100"],
    [1200, "1200"],
    [999999.7, "1000000"],
    [123456789, "123456789"],
    [1234567890, "1.23457e9"],
    [999999999.9, "1e9"],
    [0.0001, "0.0001"],
    [0.00001, "1e-5"],
    [5e-324, "4.94066e-324"],
    [Number.MAX_VALUE, "1.79769e308"],
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
  ])("%d is %s", (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  test("keeps as many significant digits as asked", () => {
    expect(formatNumber(Math.PI, 3)).toBe("3.14");
    expect(formatNumber(2 / 3, 1)).toBe("0.7");
    expect(formatNumber(0.1, 17)).toBe("0.10000000000000001");
  });
});

describe("formatDollars", () => {
  test.each([
    [0, "$0"],
    [1234567.891, "$1,234,567.89"],
    [12, "$12.00"],
    [4.8, "$4.80"],
    [0.996, "$1.00"],
    [0.41, "$0.41"],
    [0.1, "$0.10"],
    [0.099996, "$0.10"],
    [0.05, "$0.05"],
    [0.01234, "$0.0123"],
    [0.00996, "$0.01"],
    [0.0042, "$0.0042"],
    [0.000999, "$0.001"],
    [0.0000002, "$0.0000002"],
    [2.34e-7, "$0.00000023"],
    [1e-12, "less than $0.000000001"],
    [5e-324, "less than $0.000000001"],
    [-0.5, "-$0.50"],
    [Number.NaN, "an unknown amount"],
  ])("%d is %s", (dollars, text) => {
    expect(formatDollars(dollars)).toBe(text);
  });
});

describe("formatDistinct", () => {
  test("adds digits until two different numbers look different", () => {
    expect(formatDistinct(1.00000001, 1)).toEqual(["1.00000001", "1"]);
    expect(formatDistinct(1, 1 + Number.EPSILON)).toEqual(["1", "1.0000000000000002"]);
  });

  test("leaves equal and clearly different numbers short", () => {
    expect(formatDistinct(1 / 3, 1 / 3)).toEqual(["0.333333", "0.333333"]);
    expect(formatDistinct(120321.34, 4121.94)).toEqual(["120321", "4121.94"]);
  });
});

test.each([
  [0, "0 ms"],
  [0.254, "0.25 ms"],
  [12.4, "12 ms"],
  [999.4, "999 ms"],
  [999.6, "1.0 s"],
  [59_949, "59.9 s"],
  [59_951, "1 min 00 s"],
  [200_000, "3 min 20 s"],
  [3_599_600, "1 h 00 min"],
  [7_500_000, "2 h 05 min"],
  [273_600_000, "3 d 4 h"],
  [-1500, "-1.5 s"],
  [Number.NaN, "unknown time"],
])("formatDuration(%d) is %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1 kB"],
  [4_600_000, "4.6 MB"],
  [9_960_000, "10 MB"],
  [999_600, "1 MB"],
  [3e18, "3000 PB"],
])("formatBytes(%d) is %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test("formatCount separates thousands and inflects the noun", () => {
  expect(formatCount(1234567)).toBe("1,234,567");
  expect(formatCount(1, "point")).toBe("1 point");
  expect(formatCount(0, "point")).toBe("0 points");
  expect(formatCount(2, "batch", "batches")).toBe("2 batches");
});
