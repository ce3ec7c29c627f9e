import { describe, expect, it } from "vitest";
import { algorithms, algorithmsFor, resolveAlgorithm } from "../../src/algorithms/index.ts";
import { InvalidInputError } from "../../src/errors.ts";

describe("resolveAlgorithm", () => {
  it("resolves a name to the algorithm with its defaults", () => {
    const configured = resolveAlgorithm("levenberg-marquardt");
    expect(configured.info.name).toBe("levenberg-marquardt");
    expect(configured.options).toMatchObject({ trials: 4, speculativeJacobian: true });
  });

  it("takes a configured algorithm as it is", () => {
    const configured = algorithms.nelderMeadParallel({ parallelism: 3 });
    expect(resolveAlgorithm(configured)).toBe(configured);
    expect(configured.options).toMatchObject({ parallelism: 3 });
  });

  it("suggests the nearest name", () => {
    expect(() => resolveAlgorithm("levenberg-marquart")).toThrow(InvalidInputError);
    expect(() => resolveAlgorithm("levenberg-marquart")).toThrow("Did you mean levenberg-marquardt?");
    expect(() => resolveAlgorithm("neldermeadparallel")).toThrow("Did you mean nelder-mead-parallel?");
  });

  it.each([[42], [null], [{ name: "levenberg-marquardt" }]])("says what it expected instead of %j", (value) => {
    expect(() => resolveAlgorithm(value as unknown as string)).toThrow(/option algorithm: expected a name such as/);
  });

  it("gives every algorithm an info that says where it is from", () => {
    for (const name of ["levenberg-marquardt", "nelder-mead-parallel"])
      expect(resolveAlgorithm(name).info).toMatchObject({
        name,
        supportsBounds: true,
        source: expect.stringMatching(/\d{4}/),
      });
  });
});

describe("algorithmsFor", () => {
  it("names those that take a kind of criterion, by what their infos say", () => {
    expect(algorithmsFor({ kind: "least-squares", isBounded: true })).toEqual([
      "levenberg-marquardt",
      "nelder-mead-parallel",
    ]);
    for (const kind of ["scalar", "likelihood"] as const) {
      const names = algorithmsFor({ kind, isBounded: false });
      expect(names).toContain("nelder-mead-parallel");
      for (const name of names) expect(resolveAlgorithm(name).info.needs).toBe("scalar");
    }
  });
});

describe("options", () => {
  it("suggest the nearest name for an unknown one", () => {
    const misspelt = { trails: 8 } as object;
    expect(() => algorithms.levenbergMarquardt(misspelt)).toThrow(InvalidInputError);
    expect(() => algorithms.levenbergMarquardt(misspelt)).toThrow(
      /levenberg-marquardt: unknown option trails\. Did you mean trials\?/,
    );
  });

  it.each([
    [{ trials: 0 }, "option trials must be an integer of at least 1, received 0"],
    [{ trials: 2.5 }, "option trials must be an integer of at least 1, received 2.5"],
    [{ trials: "4" }, 'option trials must be an integer of at least 1, received "4"'],
    [{ initialRadius: 0 }, "option initialRadius must be a finite number above 0, received 0"],
    [{ initialRadius: Number.NaN }, "option initialRadius must be a finite number above 0, received NaN"],
    [
      { gradientTolerance: 1 },
      "option gradientTolerance must be a finite number of at least 0 and below 1, received 1",
    ],
    [{ speculativeJacobian: 1 }, "option speculativeJacobian must be true or false, received 1"],
    [
      [],
      "maxIterations, initialRadius, relativeParamsTolerance, relativeFunTolerance, gradientTolerance), received []",
    ],
    [null, "levenberg-marquardt: expected an object of options (trials, "],
  ])("of levenberg-marquardt: %j is an error", (options, message) => {
    expect(() => algorithms.levenbergMarquardt(options as object)).toThrow(message);
  });

  it.each([
    [{ parallelism: 0 }, "option parallelism must be null or an integer of at least 1, received 0"],
    [{ gamma: 1 }, "option gamma must be a finite number above 1, received 1"],
    [{ beta: 1 }, "option beta must be a finite number above 0 and below 1, received 1"],
  ])("of nelder-mead-parallel: %j is an error", (options, message) => {
    expect(() => algorithms.nelderMeadParallel(options as object)).toThrow(message);
  });

  it("keep their default when undefined, and are not changed", () => {
    const given = { trials: undefined, maxIterations: 7 } as unknown as { maxIterations: number };
    expect(algorithms.levenbergMarquardt(given).options).toMatchObject({ trials: 4, maxIterations: 7 });
    expect(given).toEqual({ trials: undefined, maxIterations: 7 });
  });
});
