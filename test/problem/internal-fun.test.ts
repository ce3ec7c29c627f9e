import { describe, expect, it, vi } from "vitest";
import type { MinimizeOptions } from "../../src/optimize/options.ts";
import { leastSquares, likelihood } from "../../src/problem/function-kinds.ts";
import { buildInternalFun } from "../../src/problem/internal-fun.ts";
import { portableOf } from "../../src/transport/portable.ts";

const params = { a: 1, b: [2, 3] };
type Params = typeof params;
const sum = ({ a, b }: Params) => a + b[0] + b[1];
const x = new Float64Array([1, 2, 4]);

describe("buildInternalFun", () => {
  it("evaluates nothing at construction", () => {
    const fun = vi.fn(sum);
    buildInternalFun({ fun, params });
    expect(fun).not.toHaveBeenCalled();
  });

  it("takes the options of minimize, and suggests a name for any other", () => {
    const options: { [K in keyof Required<MinimizeOptions<number>>]: unknown } = {
      fun: (x: number) => x,
      params: 1,
      algorithm: "nelder-mead-parallel",
      bounds: undefined,
      constraints: undefined,
      scaling: undefined,
      jac: undefined,
      funAndJac: undefined,
      numdiff: undefined,
      batchEvaluator: "serial",
      errorHandling: "raise",
      signal: undefined,
      progress: false,
      store: "memory",
      runName: "one",
      maxFunEvals: 10,
      maxTime: 1,
      maxCost: 1,
    };
    const build = (more: object) => () => buildInternalFun({ ...options, ...more } as never);
    expect(build({})).not.toThrow();
    expect(build({ constrainst: [] })).toThrow(
      "buildInternalFun: unknown option constrainst. Did you mean constraints?",
    );
    expect(() => buildInternalFun(undefined as never)).toThrow(/expected one object .* received undefined/);
  });

  it("gives value, history entry and log entry of a scalar criterion", async () => {
    const outcome = await buildInternalFun({ fun: sum, params })(x);
    const tree = { a: 1, b: [2, 4] };
    expect(outcome).toEqual({
      value: 7,
      jac: null,
      historyEntry: { params: tree, fun: 7, task: "fun", workerDuration: expect.any(Number), worker: "driver" },
      logEntry: { params: tree, fun: 7, rawFun: 7, valid: true, step: null, exception: null },
    });
    expect(outcome.historyEntry.workerDuration).toBeGreaterThanOrEqual(0);
  });

  it("flips the sign of what the algorithm sees under maximize, not of the history", async () => {
    const fun = buildInternalFun({ fun: sum, params, jac: () => [1, 0, -2], direction: "maximize" });
    const { value, jac, historyEntry, logEntry } = await fun({ x, want: "funAndJac" });
    expect([value, historyEntry.fun, logEntry.fun, logEntry.rawFun]).toEqual([-7, 7, 7, 7]);
    expect(jac).toEqual(new Float64Array([-1, -0, 2]));
    expect(historyEntry.task).toBe("fun-and-jac");
  });

  it("takes residuals: the vector for the algorithm, its sum of squares for the history", async () => {
    const residuals = leastSquares(({ a, b }: Params) => [a, b[1] - a]);
    const jac = () => [
      [1, 0, 0],
      [-1, 0, 1],
    ];
    const outcome = await buildInternalFun({ fun: residuals, params, jac })({ x, want: "funAndJac" });
    expect(outcome.value).toEqual(new Float64Array([1, 3]));
    expect([outcome.historyEntry.fun, outcome.logEntry.rawFun]).toEqual([10, new Float64Array([1, 3])]);
    expect(outcome.jac).toEqual(new Float64Array([1, 0, 0, -1, 0, 1]));
  });

  it("takes likelihood contributions: their sum", async () => {
    const contributions = likelihood(({ b }: Params) => b.map((v) => -v));
    const outcome = await buildInternalFun({ fun: contributions, params, direction: "maximize" })(x);
    expect([outcome.value, outcome.historyEntry.fun]).toEqual([6, -6]);
    expect(outcome.logEntry.rawFun).toEqual(new Float64Array([-2, -4]));
  });

  it("takes scaled x within bounds: the criterion gets, and the history tells, external parameters", async () => {
    const jac = () => [1, 10, 100];
    const scaling = { clippingValue: 1, magnitude: 2 };
    // Starts 1, 2, 3 over magnitude 2: internal x is external / [0.5, 1, 1.5].
    const fun = buildInternalFun({ fun: sum, params, jac, scaling, bounds: { upper: { b: [2.5, 3.75] } } });
    const outcome = await fun({ x: new Float64Array([4, 2.25, 2.5]), want: "funAndJac" });
    expect(outcome.historyEntry.params).toEqual({ a: 2, b: [2.25, 3.75] });
    expect([outcome.value, outcome.historyEntry.fun]).toEqual([8, 8]);
    expect(outcome.jac).toEqual(new Float64Array([0.5, 10, 150]));
  });

  it("gives a derivative alone without calling the criterion", async () => {
    const fun = vi.fn(sum);
    const outcome = await buildInternalFun({ fun, params, jac: () => ({ a: 1, b: [1, 1] }) })({ x, want: "jac" });
    expect(fun).not.toHaveBeenCalled();
    expect(outcome).toMatchObject({
      value: null,
      jac: new Float64Array([1, 1, 1]),
      historyEntry: { fun: null, task: "jac" },
      logEntry: { fun: null, rawFun: null, valid: true },
    });
  });

  describe("with funAndJac", () => {
    const gradient = { a: 1, b: [1, 1] };
    const both = (p: Params) => ({ value: sum(p), jac: gradient });

    it("calls it, and nothing else, where value and derivative are wanted", async () => {
      const [fun, jac, funAndJac] = [vi.fn(sum), vi.fn(() => gradient), vi.fn(both)];
      const outcome = await buildInternalFun({ fun, jac, funAndJac, params })({ x, want: "funAndJac" });
      expect([fun, jac, funAndJac].map((one) => one.mock.calls.length)).toEqual([0, 0, 1]);
      expect(outcome).toMatchObject({
        value: 7,
        jac: new Float64Array([1, 1, 1]),
        historyEntry: { fun: 7, task: "fun-and-jac" },
        logEntry: { fun: 7, rawFun: 7, valid: true },
      });
    });

    it("calls it for the derivative alone where there is no jac; the history has the value that came with it", async () => {
      const [fun, funAndJac] = [vi.fn(sum), vi.fn(both)];
      const outcome = await buildInternalFun({ fun, funAndJac, params })({ x, want: "jac" });
      expect([fun, funAndJac].map((one) => one.mock.calls.length)).toEqual([0, 1]);
      expect(outcome).toMatchObject({
        value: null,
        jac: new Float64Array([1, 1, 1]),
        historyEntry: { fun: 7, task: "fun-and-jac" },
      });
      const withJac = buildInternalFun({ fun, funAndJac, jac: () => [3, 4, 5], params });
      expect(await withJac({ x, want: "jac" })).toMatchObject({
        jac: new Float64Array([3, 4, 5]),
        historyEntry: { fun: null, task: "jac" },
      });
      expect(funAndJac).toHaveBeenCalledTimes(1);
    });

    it("calls fun where the value alone is wanted", async () => {
      const funAndJac = vi.fn(both);
      const outcome = await buildInternalFun({ fun: sum, funAndJac, params })(x);
      expect(funAndJac).not.toHaveBeenCalled();
      expect(outcome.historyEntry).toMatchObject({ fun: 7, task: "fun" });
    });

    it("has the kind of fun, its scaling and its direction", async () => {
      const scaling = { clippingValue: 1, magnitude: 2 };
      const residuals = buildInternalFun({
        fun: leastSquares(({ a, b }: Params) => [a, b[1]]),
        funAndJac: ({ a, b }: Params) => ({ value: [a, b[1]], jac: [1, 0, 0, 0, 0, 1] }),
        params,
        scaling,
      });
      // Starts 1, 2, 3 over magnitude 2: external = internal · [0.5, 1, 1.5].
      const outcome = await residuals({ x, want: "funAndJac" });
      expect(outcome.value).toEqual(new Float64Array([0.5, 6]));
      expect(outcome.jac).toEqual(new Float64Array([0.5, 0, 0, 0, 0, 1.5]));
      expect(outcome.historyEntry.fun).toBe(36.25);
      const likely = buildInternalFun({
        fun: likelihood(({ b }: Params) => b),
        funAndJac: ({ b }: Params) => ({
          value: b,
          jac: [
            [0, 1, 0],
            [0, 0, 1],
          ],
        }),
        params,
        scaling,
        direction: "maximize",
      });
      expect(await likely({ x, want: "funAndJac" })).toMatchObject({
        value: -8,
        jac: new Float64Array([-0, -1, -1.5]),
        historyEntry: { fun: 8 },
      });
    });

    it("travels as a third source", () => {
      const sources = { fun: { closure: sum }, others: { funAndJac: { closure: both } } };
      expect(portableOf(buildInternalFun({ fun: sum, funAndJac: both, params }))).toMatchObject(sources);
    });
  });

  describe("with info", () => {
    const info = { steps: 3, path: [1, 2] };

    it("has it in the history entry, and no key for it where there is none", async () => {
      const fun = buildInternalFun({ fun: (p: Params) => ({ value: sum(p), info }), params });
      expect((await fun(x)).historyEntry).toMatchObject({ fun: 7, info });
      const residuals = leastSquares(({ a }: Params) => ({ value: [a], info }));
      expect(await buildInternalFun({ fun: residuals, params })(x)).toMatchObject({
        value: new Float64Array([1]),
        historyEntry: { fun: 1, info },
      });
      expect((await buildInternalFun({ fun: sum, params })(x)).historyEntry).not.toHaveProperty("info");
    });

    it("has that of funAndJac", async () => {
      const funAndJac = (p: Params) => ({ value: sum(p), jac: [1, 1, 1], info });
      const fun = buildInternalFun({ fun: sum, funAndJac, params });
      expect((await fun({ x, want: "jac" })).historyEntry).toMatchObject({ fun: 7, info });
    });

    it("keeps it where the derivative failed after it", async () => {
      const jac = () => Promise.reject(new Error("no slope"));
      const fun = (p: Params) => ({ value: sum(p), info });
      const outcome = await buildInternalFun({ fun, jac, params, errorHandling: "continue" })({ x, want: "funAndJac" });
      expect(outcome.value).toBeNull();
      expect(outcome.historyEntry).toMatchObject({ fun: null, info });
    });

    it("is an error of the criterion where it cannot be kept", async () => {
      const fun = () => ({ value: 1, info: { nested: [new WeakMap()] } });
      await expect(buildInternalFun({ fun, params })(x)).rejects.toThrow(
        /^info\.nested\[0\] is an instance of WeakMap, which the history cannot keep/,
      );
    });
  });

  it("has no memory: a criterion that changes its params, or uses its array again, changes nothing else", async () => {
    const buffer = new Float64Array(1);
    const careless = leastSquares((p: Params) => {
      buffer[0] = p.a;
      p.a = 100;
      p.b.length = 0;
      return buffer;
    });
    const fun = buildInternalFun({ fun: careless, params });
    const at = Float64Array.from(x);
    const [first, second] = [await fun(at), await fun(new Float64Array([5, 5, 5]))];
    expect([first.value, second.value]).toEqual([new Float64Array([1]), new Float64Array([5])]);
    expect(first.historyEntry.params).toEqual({ a: 1, b: [2, 4] });
    expect([at, params]).toEqual([x, { a: 1, b: [2, 3] }]);
  });

  it("throws the criterion's own error under raise", async () => {
    const error = new RangeError("too far");
    const fun = () => {
      throw error;
    };
    await expect(buildInternalFun({ fun, params })(x)).rejects.toBe(error);
  });

  it.each([
    ["an error", () => Promise.reject(new RangeError("too far")), { name: "RangeError", message: "too far" }],
    ["a wrong return", () => "7", { name: "InvalidInputError", message: /must return a number/ }],
    [
      "what is no Error",
      () => Promise.reject("text"),
      { name: "NonErrorThrown", message: /threw "text", which is not/ },
    ],
  ])("makes %s an outcome under continue", async (_what, fun, { name, message }) => {
    const outcome = await buildInternalFun({ fun, params, errorHandling: "continue" })(x);
    expect(outcome).toMatchObject({
      value: null,
      jac: null,
      historyEntry: { fun: null },
      logEntry: { fun: null, rawFun: null, valid: false, exception: { name } },
    });
    expect(outcome.logEntry.exception?.message).toMatch(message);
  });

  it("gives no value where only the derivative failed", async () => {
    const jac = () => Promise.reject(new Error("no slope"));
    const fun = buildInternalFun({ fun: sum, params, jac, errorHandling: "continue" });
    expect(await fun({ x, want: "funAndJac" })).toMatchObject({
      value: null,
      jac: null,
      logEntry: { valid: false, rawFun: null, exception: { message: "no slope" } },
    });
  });

  it.each([
    [{ fun: 3, params }, /^fun must be a function .*received 3\.$/],
    [{ fun: sum, params, jac: [1] }, /^jac must be a function .*received \[1\]\.$/],
    [{ fun: sum, params, funAndJac: {} }, /^funAndJac must be a function .*received \{\}\.$/],
    [{ fun: sum, params: { a: "1" } }, /^a is "1", which is not a parameter/],
    [{ fun: leastSquares(() => [1]), params, direction: "maximize" }, /^A sum of squares has no maximum/],
  ])("refuses wrong options %#", (options, message) => {
    expect(() => buildInternalFun(options as never)).toThrow(message);
  });

  it.each([
    [
      new Float64Array(2),
      "takes a Float64Array of length 3, or { x, want } with such an x; received Float64Array [0, 0].",
    ],
    [[1, 2, 3], "received [1, 2, 3]."],
    [undefined, "received undefined."],
    [{ x: [1, 2, 3] }, "received [1, 2, 3]."],
    [{ x, want: "grad" }, 'want must be fun, jac, funAndJac; received "grad".'],
  ])("refuses the point %j", async (point, message) => {
    await expect(buildInternalFun({ fun: sum, params })(point as never)).rejects.toThrow(message);
  });

  it("says when a derivative is asked for and there is none", async () => {
    await expect(buildInternalFun({ fun: sum, params })({ x, want: "jac" })).rejects.toThrow(
      /the problem has neither jac nor funAndJac/,
    );
  });

  it("travels as a closure when its criterion is one, marked or not, and whatever its derivative is", () => {
    const jac = () => ({ a: 1, b: [1, 1] });
    const portable = { kind: "internal-fun", fun: { closure: sum }, others: {} };
    expect(portableOf(buildInternalFun({ fun: sum, params }))).toMatchObject(portable);
    expect(portableOf(buildInternalFun({ fun: sum, jac, params }))).toMatchObject({
      ...portable,
      others: { jac: { closure: jac } },
    });
    const marked = buildInternalFun({ fun: likelihood((p: typeof params) => [sum(p)]), params });
    expect(portableOf(marked)).toMatchObject({ fun: { closure: expect.any(Function) }, spec: { kind: "likelihood" } });
  });
});
