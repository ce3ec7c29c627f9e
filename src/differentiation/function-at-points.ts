/** Values of the user's function at the points of a derivative, in batches, by any batch evaluator. */
import type { PointAnswer } from "../algorithms/types.ts";
import { FanoptError, InvalidInputError, show } from "../errors.ts";
import { isTraceback, tracebackTitle } from "../evaluation/traceback.ts";
import type { BatchEvaluator, Settled } from "../evaluation/types.ts";
import { throwIfAborted } from "../evaluation/until-settled.ts";
import { CriterionError } from "../optimize/errors.ts";
import type { FunctionKind } from "../problem/function-kinds.ts";
import { type ParamsShape, shapeOf, valuesByName } from "../problem/tree.ts";
import { bits } from "./differenced-point.ts";

/** A point at which the function failed, under `errorHandling: "continue"`. */
export interface FailedPoint<P> {
  readonly params: P;
  /** What was thrown there; of evaluators that keep no errors its text. */
  readonly error: unknown;
}

interface FunctionSetting<P> {
  /** The call in messages. */
  readonly where: string;
  readonly fun: (params: P) => unknown;
  /** How the vector that was returned is made a number; "scalar": it is not. */
  readonly aggregation: FunctionKind;
  readonly shape: ParamsShape<P>;
  /** The point of the derivative, flat. */
  readonly x: Float64Array;
  readonly batchEvaluator: BatchEvaluator;
  readonly errorHandling: "raise" | "continue";
  readonly signal: AbortSignal | undefined;
}

export class FunctionAtPoints<P> {
  /** Values as `Known` has them, flat in `residuals`. */
  readonly known: Map<string, PointAnswer> = new Map();
  readonly failures: FailedPoint<P>[] = [];
  nFunEvals = 0;
  nBatches = 0;

  readonly #setting: FunctionSetting<P>;
  #value: { readonly tree: unknown; readonly shape: ParamsShape<unknown> } | null = null;

  constructor(setting: FunctionSetting<P>) {
    this.#setting = setting;
  }

  /** The value at params and its shape. Of the first batch, which has that point. */
  get value(): { readonly tree: unknown; readonly shape: ParamsShape<unknown> } {
    if (this.#value === null) throw new Error("the first batch did not have the point of the derivative");
    return this.#value;
  }

  /**
   * Evaluates points that are not known yet, in one batch.
   *
   * @throws CriterionError where the function fails: at params, and everywhere under "raise"; InvalidInputError for values that are no numbers,
   *   or not finite at params; AbortError; what the evaluator throws.
   */
  async evaluate(points: ReadonlyMap<string, Float64Array>): Promise<void> {
    const { shape, x, where } = this.#setting;
    const xs = [...points.values()];
    const ends = await this.#batch(xs);
    this.nBatches += 1;
    this.nFunEvals += xs.length;
    const base = [...points.keys()].indexOf(bits(x));
    if (base >= 0) {
      const end = ends[base];
      if (!end.ok) throw this.#failure(end.error, x);
      const tree = this.#differentiated(end.value);
      this.#value = { tree, shape: this.#shapeOf(tree) };
      const strange = this.value.shape.flatten(tree, "value").findIndex((value) => !Number.isFinite(value));
      if (strange >= 0)
        throw new InvalidInputError(
          `${where}: fun must be finite at params, but ${this.value.shape.names[strange]} is ` +
            `${this.value.shape.flatten(tree, "value")[strange]} at ${this.named(x)}.`,
        );
    }
    [...points.keys()].forEach((key, i) => {
      const end = ends[i];
      if (!end.ok) this.failures.push({ params: shape.unflatten(xs[i]), error: end.error });
      const values = end.ok ? this.#flatten(end.value, xs[i]) : null;
      this.known.set(key, { fun: Number.NaN, residuals: values, jac: null, failed: values === null });
    });
  }

  /** A point by the names and values of its parameters, for messages. */
  named(x: Float64Array): string {
    return valuesByName(this.#setting.shape.names, x);
  }

  async #batch(xs: readonly Float64Array[]): Promise<Settled<unknown>[]> {
    const { fun, shape, batchEvaluator, errorHandling, signal } = this.#setting;
    throwIfAborted(signal);
    const ends = new Array<Settled<unknown> | undefined>(xs.length);
    const onSettled = (index: number, end: Settled<unknown>): void => {
      ends[index] ??= end.ok ? { ok: true, value: snapshot(end.value) } : end;
    };
    try {
      const args = xs.map((x) => shape.unflatten(x));
      const results: unknown = await batchEvaluator(fun, args, { errorHandling, signal, onSettled });
      if (!Array.isArray(results) || results.length !== xs.length)
        throw new FanoptError(
          "batch-evaluator",
          `The batch evaluator must resolve to an array of ${xs.length} results, one for each argument, but gave ${show(results)}.`,
        );
      return results.map(
        (result, i): Settled<unknown> =>
          ends[i] ??
          (isTraceback(result) ? { ok: false, error: new Error(tracebackTitle(result)) } : { ok: true, value: result }),
      );
    } catch (error) {
      throwIfAborted(signal);
      const index = ends.findIndex((end) => end !== undefined && !end.ok && end.error === error);
      throw index < 0 ? error : this.#failure(error, xs[index]);
    }
  }

  #failure(error: unknown, x: Float64Array): CriterionError {
    const { where, shape } = this.#setting;
    const title =
      error instanceof Error ? `${error.name}: ${error.message}` : `it threw ${show(error)}, which is not an Error`;
    return new CriterionError(`${where}: fun failed at ${this.named(x)}: ${title}`, shape.unflatten(x), {
      cause: error,
    });
  }

  /** What is differentiated of what was returned. */
  #differentiated(returned: unknown): unknown {
    const value = isValueWithInfo(returned) ? returned.value : returned;
    const { aggregation } = this.#setting;
    const tree = value instanceof Float32Array ? Float64Array.from(value) : value;
    if (aggregation === "scalar") return tree;
    return this.#shapeOf(tree)
      .flatten(tree, "value")
      .reduce((sum, term) => sum + (aggregation === "least-squares" ? term * term : term), 0);
  }

  #shapeOf(tree: unknown): ParamsShape<unknown> {
    try {
      return shapeOf(tree, "value");
    } catch (error) {
      throw new InvalidInputError(
        `${this.#setting.where}: fun must return a number, an array of numbers, or numbers in plain objects, Maps and arrays, but returned ` +
          `${show(tree)}.${tree === undefined ? " Is a return missing?" : ""}`,
        { cause: error },
      );
    }
  }

  #flatten(returned: unknown, x: Float64Array): Float64Array {
    const tree = this.#differentiated(returned);
    try {
      return this.value.shape.flatten(tree, "value");
    } catch (error) {
      const { where } = this.#setting;
      throw new InvalidInputError(
        `${where}: fun must return as many numbers, under the same names, everywhere, but at ${this.named(x)} it returned ${show(tree)}, and ` +
          `${show(this.value.tree)} at params.`,
        { cause: error },
      );
    }
  }
}

/** What was returned as it is now, without info: a function may write into the same array at each point, and return it. */
function snapshot(returned: unknown): unknown {
  if (isValueWithInfo(returned)) return { value: snapshotOf(returned.value) };
  return snapshotOf(returned);
}

function snapshotOf(value: unknown): unknown {
  if (typeof value !== "object") return value;
  try {
    return structuredClone(value);
  } catch {
    // It holds what is no number: refused as such, with what was returned.
    return value;
  }
}

/** What a criterion of `minimize` may return. */
function isValueWithInfo(returned: unknown): returned is { readonly value: unknown } {
  if (typeof returned !== "object" || returned === null || !Object.hasOwn(returned, "value")) return false;
  return Object.keys(returned).every((key) => key === "value" || key === "info");
}
