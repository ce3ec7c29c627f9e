import { describe, expect, it } from "vitest";
import { nearest, rejectUnknownKeys, unknownName } from "../src/suggest.ts";

const algorithms = ["levenberg-marquardt", "nelder-mead-parallel", "l-bfgs-b", "cma-es"];

describe("nearest", () => {
  it.each([
    ["levenberg-marquart", "levenberg-marquardt"],
    ["levenbergMarquardt", "levenberg-marquardt"],
    ["LEVENBERG_MARQUARDT", "levenberg-marquardt"],
    ["lbfgsb", "l-bfgs-b"],
    ["cmase", "cma-es"],
    ["nelder-mead", "nelder-mead-parallel"],
  ])("finds what was meant by %s", (typed, meant) => {
    expect(nearest(typed, algorithms)).toBe(meant);
  });

  it.each([
    ["simulated-annealing", algorithms],
    ["", algorithms],
    ["x", ["to"]],
    ["ab", ["xy"]],
    ["fun", []],
    ["jac", ["fun"]],
  ])("finds nothing for %s, which is far from all", (typed, known) => {
    expect(nearest(typed, known)).toBeUndefined();
  });

  it("counts a swap of neighbours as one edit", () => {
    expect(nearest("bonuds", ["bonds-x", "bounds"])).toBe("bounds");
  });
});

describe("rejectUnknownKeys", () => {
  it("lets known keys pass and suggests the nearest for others", () => {
    expect(() => rejectUnknownKeys({ algorithm: 1 }, ["algorithm"], "minimize")).not.toThrow();
    expect(() => rejectUnknownKeys({ algorithmm: 1 }, ["fun", "algorithm"], "minimize")).toThrow(
      "minimize: unknown option algorithmm. Did you mean algorithm? Known: algorithm, fun.",
    );
  });

  it("suggests nothing that is far", () => {
    expect(unknownName("option zzz", "zzz", ["b", "a"], "here")).toBe("here: unknown option zzz. Known: a, b.");
  });
});
