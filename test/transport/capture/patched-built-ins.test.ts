import { afterEach, expect, it, vi } from "vitest";
import { patchedBuiltIns } from "../../../src/transport/capture/patched-built-ins.ts";

const used = (name: string, ...properties: string[]) => ({
  name,
  properties: new Map(properties.map((one, i) => [one, i])),
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it("JavaScript's own functions are not noticed", () => {
  for (const [name, ...properties] of [
    ["Math", "random", "PI", "*"],
    ["Date", "now"],
    ["JSON", "parse"],
    ["Array", "from"],
    ["parseFloat"],
    ["Unknown"],
  ])
    expect(patchedBuiltIns(used(name as string, ...properties))).toEqual([]);
});

it("what a program puts in their place is", () => {
  vi.spyOn(Math, "random").mockImplementation(() => 0.5);
  vi.useFakeTimers({ now: 0, toFake: ["Date"] });
  expect(patchedBuiltIns(used("Math", "random", "sin"))).toEqual(["Math.random"]);
  expect(patchedBuiltIns(used("Date", "now"))).toEqual(["Date"]);
});
