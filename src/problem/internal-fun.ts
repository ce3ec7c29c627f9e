import type { Want } from "../algorithms/types.ts";
import { InvalidInputError, show } from "../errors.ts";
import { rejectUnknownKeys } from "../suggest.ts";
import { type CriterionSource, exportBehind, markPortable, portableOf } from "../transport/portable.ts";
import { toWireError, type WireError } from "../transport/wire-error.ts";
import { type ConversionSpec, conversionOf } from "./conversion.ts";
import { freeProblemOf, type ParamsOptions } from "./free-problem.ts";
import { type FunctionKind, kindOf } from "./function-kinds.ts";
import {
  type CheckedValue,
  checkDerivative,
  checkValue,
  checkValueAndJac,
  type DerivativeFunction,
} from "./returned.ts";
import { type ParamsShape, shapeOf } from "./tree.ts";

/** What `buildInternalFun` takes: these options of `minimize`, and the direction. */
export interface InternalFunOptions<P> extends ParamsOptions<P> {
  readonly fun: (params: P) => unknown;
  readonly jac?: ((params: P) => unknown) | undefined;
  readonly funAndJac?: ((params: P) => unknown) | undefined;
  /** @default "minimize" */
  readonly direction?: "minimize" | "maximize" | undefined;
  /** `"continue"`: an error of the criterion is an outcome with `logEntry.exception`, not thrown. @default "raise" */
  readonly errorHandling?: "raise" | "continue" | undefined;
}

/** What a worker gets for a point: internal x (free and scaled parameters), length k, and what is wanted there. */
export interface InternalPoint {
  readonly x: Float64Array;
  /** @default "fun" */
  readonly want?: Want;
}

/** What a worker gives back for a point. */
export interface Outcome<P = unknown> {
  /** What the algorithm sees: residuals, or the scalar to be minimised (sign flipped under maximize); null: failed or not wanted. */
  readonly value: number | Float64Array | null;
  /**
   * Row-major m × k Jacobian of residuals, or the gradient of the scalar to be minimised, length k, with respect to internal x; null: failed or not
   * wanted.
   */
  readonly jac: Float64Array | null;
  readonly historyEntry: {
    readonly params: P;
    /** Scalar in the user's sign; null: failed, or not evaluated. Where `funAndJac` gave a derivative alone it is here all the same. */
    readonly fun: number | null;
    /** What the criterion returned beside its value, also where its derivative failed; absent: nothing. */
    readonly info?: unknown;
    readonly task: "fun" | "jac" | "fun-and-jac";
    /** Milliseconds that the worker took, by its own clock. */
    readonly workerDuration: number;
    /** Which worker evaluated it; "driver" in the driver's own process. */
    readonly worker: string;
  };
  readonly logEntry: {
    readonly params: P;
    readonly fun: number | null;
    /** What the criterion returned: the number, or the vector behind it. */
    readonly rawFun: number | Float64Array | null;
    readonly valid: boolean;
    /** Stamped by the driver. */
    readonly step: number | null;
    readonly exception: WireError | null;
  };
}

/** The function that driver and workers share: same x, same bits. It has no side effects. */
export type InternalFun<P> = (point: Float64Array | InternalPoint) => Promise<Outcome<P>>;

/** What a worker must know besides the user's functions. */
interface InternalFunSpec {
  readonly template: unknown;
  readonly conversion: ConversionSpec;
  readonly direction: "minimize" | "maximize";
  readonly errorHandling: "raise" | "continue";
  /** Kind declared on the driver; null: what the export itself says, else scalar. */
  readonly kind: FunctionKind | null;
}

/** What an evaluation is called in the history, by what was wanted. */
export const TASKS = { fun: "fun", jac: "jac", funAndJac: "fun-and-jac" } as const;

const optionNames = [
  "fun",
  "params",
  "bounds",
  "constraints",
  "scaling",
  "jac",
  "funAndJac",
  "direction",
  "errorHandling",
];

/** Options of `minimize` that say nothing of the function: taken, for all may be given, and ignored. */
const otherOptionsOfMinimize = [
  "algorithm",
  "batchEvaluator",
  "signal",
  "progress",
  "store",
  "runName",
  "maxFunEvals",
  "numdiff",
  "maxTime",
  "maxCost",
];

/**
 * The pure function of internal x behind `minimize` and `maximize`. Nothing is evaluated here. It can travel to any worker: what `fun`, `jac` and
 * `funAndJac` refer to is captured when it is first sent.
 *
 * @throws InvalidInputError for params that are no tree of finite numbers, a `fun` that is no function, wrong bounds, constraints or
 *   scaling, or least squares to be maximized.
 */
export function buildInternalFun<P>(options: InternalFunOptions<P>): InternalFun<P> {
  if (typeof options !== "object" || options === null)
    throw new InvalidInputError(
      `buildInternalFun: expected one object { fun, params, … }, as minimize takes, received ${show(options)}.`,
    );
  rejectUnknownKeys(options, [...optionNames, ...otherOptionsOfMinimize], "buildInternalFun");
  const shape = shapeOf(options.params);
  return internalFunOf(options, shape, freeProblemOf(options, shape).conversion);
}

/** The same where the parameters are resolved already. */
export function internalFunOf<P>(
  options: Omit<InternalFunOptions<P>, keyof ParamsOptions<P>>,
  shape: ParamsShape<P>,
  conversion: ConversionSpec,
): InternalFun<P> {
  const { fun, jac, funAndJac, direction = "minimize", errorHandling = "raise" } = options;
  if (typeof fun !== "function")
    throw new InvalidInputError(
      `fun must be a function (params) => number, leastSquares(…), likelihood(…) or defineCriterion(…), received ${show(fun)}.`,
    );
  if (jac !== undefined && typeof jac !== "function")
    throw new InvalidInputError(`jac must be a function (params) => derivative, received ${show(jac)}.`);
  if (funAndJac !== undefined && typeof funAndJac !== "function")
    throw new InvalidInputError(
      `funAndJac must be a function (params) => ({ value, jac }), received ${show(funAndJac)}.`,
    );
  rejectMaximizedSquares(kindOf(fun), direction);
  // The shape without the start's values: the same problem from another start is the same artifact.
  const template = shape.unflatten(new Float64Array(shape.length));
  const spec: InternalFunSpec = { template, conversion, direction, errorHandling, kind: kindOf(fun) ?? null };
  const kindOfExport = async () => {
    await exportBehind(jac);
    await exportBehind(funAndJac);
    return kindOf(await exportBehind(fun)) ?? null;
  };
  const functions: UserFunctions<P> = { fun, jac: jac ?? null, funAndJac: funAndJac ?? null };
  const internalFun = fromParts<P>(spec, functions, kindOfExport, "driver");
  const others = {
    ...(jac === undefined ? {} : { jac: sourceOf(jac) }),
    ...(funAndJac === undefined ? {} : { funAndJac: sourceOf(funAndJac) }),
  };
  return markPortable(internalFun, { kind: "internal-fun", fun: sourceOf(fun), others, spec });
}

/** What the user gave; null where a function is missing. */
interface UserFunctions<P> {
  readonly fun: (params: P) => unknown;
  readonly jac: ((params: P) => unknown) | null;
  readonly funAndJac: ((params: P) => unknown) | null;
}

function sourceOf(fun: (params: never) => unknown): CriterionSource {
  const portable = portableOf(fun);
  return portable?.kind === "criterion" ? portable.fun : { closure: fun };
}

/** The worker's way to the same function: from the user's functions and the spec that travelled with them. */
export function internalFunFromSpec(
  spec: unknown,
  fun: Applied,
  { jac, funAndJac }: { readonly jac?: Applied; readonly funAndJac?: Applied },
  worker: string,
): InternalFun<unknown> {
  const applied =
    ({ fun, args }: Applied) =>
    (params: unknown) =>
      fun(params, ...args);
  const functions = {
    fun: applied(fun),
    jac: jac === undefined ? null : applied(jac),
    funAndJac: funAndJac === undefined ? null : applied(funAndJac),
  };
  return fromParts(spec as InternalFunSpec, functions, async () => kindOf(fun.fun) ?? null, worker);
}

/** A user's function with its further arguments. */
interface Applied {
  readonly fun: (params: unknown, ...args: unknown[]) => unknown;
  readonly args: readonly unknown[];
}

function fromParts<P>(
  spec: InternalFunSpec,
  { fun, jac, funAndJac }: UserFunctions<P>,
  kindOfExport: () => Promise<FunctionKind | null>,
  worker: string,
): InternalFun<P> {
  const shape = shapeOf(spec.template as P);
  const conversion = conversionOf(spec.conversion);
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

function rejectMaximizedSquares(kind: FunctionKind | undefined, direction: "minimize" | "maximize"): void {
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
