/** A point evaluated by the user's functions: the same on driver and workers. */
import type { ConstraintValues } from "../algorithms/types.ts";
import { InvalidInputError, show } from "../errors.ts";
import { toWireError, type WireError } from "../transport/wire-error.ts";
import { type NonlinearFunctions, type NonlinearSpec, nonlinearEvaluator } from "./constraints/nonlinear-values.ts";
import { type ConversionSpec, conversionOf } from "./conversion.ts";
import type { FunctionKind } from "./function-kinds.ts";
import { type InternalFun, type InternalPoint, TASKS } from "./outcome.ts";
import { type CheckedValue, checkValue, checkValueAndJac } from "./returned.ts";
import { checkDerivative, type DerivativeFunction } from "./returned-derivative.ts";
import { shapeOf } from "./tree.ts";

/** What a worker must know besides the user's functions. */
export interface InternalFunSpec {
  readonly template: unknown;
  readonly conversion: ConversionSpec;
  readonly direction: "minimize" | "maximize";
  readonly errorHandling: "raise" | "continue";
  /** Kind declared on the driver; null: what the export itself says, else scalar. */
  readonly kind: FunctionKind | null;
  readonly nonlinear: readonly NonlinearSpec[];
}

/** What the user gave; null where a function is missing. */
export interface UserFunctions<P> {
  readonly fun: (params: P) => unknown;
  readonly jac: ((params: P) => unknown) | null;
  readonly funAndJac: ((params: P) => unknown) | null;
  /** Of the nonlinear constraints, in the order of their specs. */
  readonly nonlinear: readonly NonlinearFunctions[];
}

/** @param kindOfExport loads what is loaded once, and says what the module marks its export with; null: nothing. */
export function pointEvaluator<P>(
  spec: InternalFunSpec,
  { fun, jac, funAndJac, nonlinear }: UserFunctions<P>,
  kindOfExport: () => Promise<FunctionKind | null>,
  worker: string,
): InternalFun<P> {
  const shape = shapeOf(spec.template as P);
  const conversion = conversionOf(spec.conversion);
  const evaluateNonlinear = nonlinearEvaluator(spec.nonlinear, nonlinear, conversion, shape.length);
  const sign = spec.direction === "maximize" ? -1 : 1;
  return async (point) => {
    const { x, want } = checkPoint(point, conversion.bounds.lower.length);
    // Loading a module is no part of an evaluation: its time does not count, and its failure concerns all points.
    const ofExport = await kindOfExport();
    const kind = spec.kind ?? ofExport ?? "scalar";
    rejectMaximizedSquares(kind, spec.direction);
    const external = conversion.toExternal(x);
    const params = shape.unflatten(external);
    const by = want === "fun" ? null : whoGives(want, jac, funAndJac);
    const started = performance.now();
    let checked: CheckedValue | null = null;
    let derivative: Float64Array | null = null;
    let constraints: ConstraintValues | null = null;
    let exception: WireError | null = null;
    try {
      let returned: unknown;
      if (by?.name === "funAndJac") {
        const both = checkValueAndJac(await by.call(shape.unflatten(external)), kind);
        checked = both.value;
        returned = both.jac;
      } else {
        if (want !== "jac") checked = checkValue(await fun(shape.unflatten(external)), kind);
        if (by !== null) returned = await by.call(shape.unflatten(external));
      }
      if (by !== null) {
        const flat = checkDerivative(returned, shape, kind, checked?.vector?.length ?? null, by.name);
        derivative = conversion.derivativeToInternal(flat, x);
      }
      if (nonlinear.length > 0) constraints = await evaluateNonlinear(x, external, by !== null);
    } catch (error) {
      if (spec.errorHandling === "raise") throw error;
      exception = toWireError(error);
    }
    const succeeded = exception === null;
    const scalar = succeeded && checked !== null ? checked.scalar : null;
    const vector = checked?.vector ?? null;
    const task = by?.name === "funAndJac" ? TASKS.funAndJac : TASKS[want];
    const entry = { params, fun: scalar, task, workerDuration: performance.now() - started, worker };
    return {
      value: scalar === null || want === "jac" ? null : kind === "least-squares" ? vector : sign * scalar,
      jac: succeeded && derivative !== null && sign < 0 ? derivative.map((d) => -d) : succeeded ? derivative : null,
      ...(succeeded && constraints !== null ? { constraints } : {}),
      // Most criteria return none: their outcomes are not to grow by it.
      historyEntry: checked === null || checked.info === null ? entry : { ...entry, info: checked.info },
      logEntry: {
        params,
        fun: scalar,
        rawFun: scalar === null ? null : (vector ?? scalar),
        valid: succeeded,
        step: null,
        exception,
      },
    };
  };
}

function checkPoint(point: Float64Array | InternalPoint, length: number): Required<InternalPoint> {
  const { x, want = "fun" } = point instanceof Float64Array ? { x: point } : (Object(point) as InternalPoint);
  if (!(x instanceof Float64Array) || x.length !== length)
    throw new InvalidInputError(
      `The internal function takes a Float64Array of length ${length}, or { x, want } with such an x; received ${show(x ?? point)}.`,
    );
  if (!Object.hasOwn(TASKS, want))
    throw new InvalidInputError(`want must be ${Object.keys(TASKS).join(", ")}; received ${show(want)}.`);
  return { x, want };
}

/** @throws InvalidInputError */
export function rejectMaximizedSquares(kind: FunctionKind | undefined, direction: "minimize" | "maximize"): void {
  if (kind === "least-squares" && direction === "maximize")
    throw new InvalidInputError(
      "A sum of squares has no maximum: leastSquares(…) is for minimize. For log-likelihood contributions use likelihood(…).",
    );
}

/** Which of the user's functions gives a derivative, and how it is called. */
function whoGives<P>(
  want: "jac" | "funAndJac",
  jac: UserFunctions<P>["jac"],
  funAndJac: UserFunctions<P>["funAndJac"],
): { readonly name: DerivativeFunction; readonly call: (params: P) => unknown } {
  if (funAndJac !== null && (want === "funAndJac" || jac === null)) return { name: "funAndJac", call: funAndJac };
  if (jac !== null) return { name: "jac", call: jac };
  throw new InvalidInputError("A derivative was asked for, but the problem has neither jac nor funAndJac.");
}
