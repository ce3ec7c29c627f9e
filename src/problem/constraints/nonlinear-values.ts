/** What functions of nonlinear constraints return at a point: on the worker, in the task that evaluates the criterion there. */
import type { ConstraintLimits, ConstraintValues } from "../../algorithms/types.ts";
import { FanoptError, InvalidInputError, show } from "../../errors.ts";
import type { Conversion } from "../conversion.ts";
import { toVector } from "../returned.ts";
import { type ParamsShape, shapeOf } from "../tree.ts";
import { limitAt, type NonlinearConstraint } from "./nonlinear.ts";

/** A nonlinear constraint but for its functions. Plain data: it travels to workers. */
export interface NonlinearSpec extends Pick<NonlinearConstraint<unknown>, "lower" | "upper" | "tolerance"> {
  /** In messages: "constraints[1] (nonlinear)". */
  readonly where: string;
  /** Places of the selected parameters, and a tree like what the selector returns. */
  readonly indices: readonly number[];
  readonly template: unknown;
}

export interface NonlinearFunctions {
  readonly fun: (selected: unknown) => unknown;
  readonly jac: ((selected: unknown) => unknown) | null;
}

/** Values at internal x, and derivatives where they are wanted. */
export type NonlinearEvaluator = (
  x: Float64Array,
  external: Float64Array,
  wantsJac: boolean,
) => Promise<ConstraintValues>;

export function nonlinearEvaluator(
  specs: readonly NonlinearSpec[],
  functions: readonly NonlinearFunctions[],
  conversion: Conversion,
  nParams: number,
): NonlinearEvaluator {
  const evaluators = specs.map((spec, k) => new OneConstraint(spec, functions[k], conversion, nParams));
  return async (x, external, wantsJac) => {
    const values: Float64Array[] = [];
    const rows: Float64Array[] = [];
    for (const one of evaluators) {
      const { value, isNumber } = await one.valueAt(external);
      values.push(value);
      if (wantsJac) rows.push(await one.jacobianAt(x, external, value.length, isNumber));
    }
    return { values, jac: wantsJac ? Float64Array.from(rows.flatMap((row) => Array.from(row))) : null };
  };
}

class OneConstraint {
  readonly #spec: NonlinearSpec;
  readonly #functions: NonlinearFunctions;
  readonly #conversion: Conversion;
  readonly #shape: ParamsShape<unknown>;
  readonly #nParams: number;

  constructor(spec: NonlinearSpec, functions: NonlinearFunctions, conversion: Conversion, nParams: number) {
    this.#spec = spec;
    this.#functions = functions;
    this.#conversion = conversion;
    this.#shape = shapeOf(spec.template);
    this.#nParams = nParams;
  }

  async valueAt(external: Float64Array): Promise<{ readonly value: Float64Array; readonly isNumber: boolean }> {
    const { where, lower, upper } = this.#spec;
    const returned = await this.#call("fun", this.#functions.fun, external);
    const value = typeof returned === "number" ? Float64Array.of(returned) : toVector(returned);
    if (value === null || value.length === 0)
      throw new InvalidInputError(
        `${where}: fun must return a number or a non-empty array of numbers, but returned ${show(returned)}.${returned === undefined ? " Is a return missing?" : ""}`,
      );
    for (const limit of [lower, upper])
      if (typeof limit !== "number" && limit.length !== value.length)
        throw new InvalidInputError(
          `${where}: fun returned ${countOf(value.length)}, but its value, lower or upper has length ${limit.length}. Give one for each, or a number for all.`,
        );
    return { value, isNumber: typeof returned === "number" };
  }

  /** Row-major m × k, with respect to internal x. */
  async jacobianAt(x: Float64Array, external: Float64Array, m: number, isNumber: boolean): Promise<Float64Array> {
    const { jac } = this.#functions;
    if (jac === null) return this.#differencesAt(x, m);
    const selected = this.#rows(await this.#call("jac", jac, external), m, isNumber);
    const { indices } = this.#spec;
    const all = new Float64Array(m * this.#nParams);
    for (let i = 0; i < m; i++)
      indices.forEach((place, j) => {
        all[i * this.#nParams + place] = selected[i * indices.length + j];
      });
    return this.#conversion.derivativeToInternal(all, x);
  }

  async #call(name: string, fun: (selected: unknown) => unknown, external: Float64Array): Promise<unknown> {
    const { indices, where } = this.#spec;
    const selected = this.#shape.unflatten(indices.map((place) => external[place]));
    try {
      return await fun(selected);
    } catch (error) {
      const what = error instanceof Error ? `${error.name}: ${error.message}` : show(error);
      throw new FanoptError("constraint-error", `${where}: its ${name} threw ${what}`, { cause: error });
    }
  }

  /** Of the selected parameters, row-major. */
  #rows(returned: unknown, m: number, isNumber: boolean): Float64Array {
    const n = this.#shape.length;
    const { where } = this.#spec;
    const wrong = (received: string) =>
      new InvalidInputError(
        `${where}: jac must return the derivative of ${countOf(m)} with respect to the ${n} selected parameters, as ` +
          `${isNumber ? "a tree like them" : `${m} rows, each a tree like them`} or flat, received ${received}.`,
      );
    const flat = toVector(returned);
    if (flat !== null) {
      if (flat.length !== m * n) throw wrong(`${flat.length} numbers`);
      return flat;
    }
    const rows: readonly unknown[] = isNumber || !Array.isArray(returned) ? [returned] : returned;
    if (rows.length !== m) throw wrong(Array.isArray(returned) ? `${rows.length} rows` : show(returned));
    const all = new Float64Array(m * n);
    rows.forEach((row, i) => {
      const values = toVector(row) ?? this.#shape.flatten(row, `${where}: row ${i} of what jac returned`);
      if (values.length !== n) throw wrong(`a row of ${values.length}`);
      all.set(values, i * n);
    });
    return all;
  }

  /**
   * Differences of fun alone, which is cheap where the criterion is not: central, ε^(1/3), or to one side at a bound, ε^(1/2). They keep the other
   * constraints, for x moves, not the parameters.
   */
  async #differencesAt(x: Float64Array, m: number): Promise<Float64Array> {
    const { lower, upper } = this.#conversion.bounds;
    const jac = new Float64Array(m * x.length);
    for (const [j, value] of x.entries()) {
      if (lower[j] === upper[j]) continue;
      const size = Math.max(Math.abs(value), 0.1);
      const [wide, narrow] = [Math.cbrt(Number.EPSILON) * size, Math.sqrt(Number.EPSILON) * size];
      const isInside = value - wide >= lower[j] && value + wide <= upper[j];
      const up = isInside ? value + wide : Math.min(value + narrow, upper[j]);
      const down = isInside ? value - wide : up > value ? value : Math.max(value - narrow, lower[j]);
      const [above, below] = [await this.#valueMoved(x, j, up), await this.#valueMoved(x, j, down)];
      for (let i = 0; i < m; i++) jac[i * x.length + j] = (above[i] - below[i]) / (up - down);
    }
    return jac;
  }

  async #valueMoved(x: Float64Array, j: number, value: number): Promise<Float64Array> {
    const moved = x.slice();
    moved[j] = value;
    return (await this.valueAt(this.#conversion.toExternal(moved))).value;
  }
}

function countOf(nValues: number): string {
  return nValues === 1 ? "one value" : `${nValues} values`;
}

/** What is asked of all values, one after the other. */
export function limitsOf(specs: readonly NonlinearSpec[], lengths: readonly number[]): ConstraintLimits {
  const all = (of: (spec: NonlinearSpec, i: number) => number) =>
    Float64Array.from(specs.flatMap((spec, k) => Array.from({ length: lengths[k] }, (_, i) => of(spec, i))));
  return {
    lower: all(({ lower }, i) => limitAt(lower, i)),
    upper: all(({ upper }, i) => limitAt(upper, i)),
    tolerance: all(({ tolerance }) => tolerance),
  };
}

/** The largest distance of a value from what is asked of it: 0 where all are within their tolerances, Infinity where one is no finite number. */
export function violationOf(specs: readonly NonlinearSpec[], values: readonly Float64Array[]): number {
  let most = 0;
  for (const [k, { lower, upper, tolerance }] of specs.entries())
    for (const [i, value] of values[k].entries()) {
      const distance = Math.max(limitAt(lower, i) - value, value - limitAt(upper, i), 0);
      if (!Number.isFinite(value)) return Number.POSITIVE_INFINITY;
      if (distance > tolerance) most = Math.max(most, distance);
    }
  return most;
}
