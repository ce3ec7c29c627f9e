import { InvalidInputError, show } from "../errors.ts";
import { rejectUnknownKeys } from "../suggest.ts";
import { type CriterionSource, exportBehind, markPortable, portableOf } from "../transport/portable.ts";
import { type InternalFunSpec, pointEvaluator, rejectMaximizedSquares, type UserFunctions } from "./evaluate-point.ts";
import { type FreeProblem, freeProblemOf, type ParamsOptions } from "./free-problem.ts";
import { kindOf } from "./function-kinds.ts";
import type { InternalFun } from "./outcome.ts";
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
  return internalFunOf(options, shape, freeProblemOf(options, shape));
}

/** The same where the parameters are resolved already. */
export function internalFunOf<P>(
  options: Omit<InternalFunOptions<P>, keyof ParamsOptions<P>>,
  shape: ParamsShape<P>,
  { conversion, nonlinear }: Pick<FreeProblem, "conversion" | "nonlinear">,
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
  const spec: InternalFunSpec = {
    template,
    conversion,
    direction,
    errorHandling,
    kind: kindOf(fun) ?? null,
    nonlinear: nonlinear.map(({ spec }) => spec),
  };
  const kindOfExport = async () => {
    if (jac !== undefined) await exportBehind(jac);
    if (funAndJac !== undefined) await exportBehind(funAndJac);
    for (const one of nonlinear) for (const given of [one.fun, one.jac]) if (given !== null) await exportBehind(given);
    return kindOf(await exportBehind(fun)) ?? null;
  };
  const functions: UserFunctions<P> = {
    fun,
    jac: jac ?? null,
    funAndJac: funAndJac ?? null,
    nonlinear,
  };
  const internalFun = pointEvaluator<P>(spec, functions, kindOfExport, "driver");
  const others = {
    ...(jac === undefined ? {} : { jac: sourceOf(jac) }),
    ...(funAndJac === undefined ? {} : { funAndJac: sourceOf(funAndJac) }),
    ...Object.fromEntries(
      nonlinear.flatMap((one, k) => [
        [nameOf(k).fun, sourceOf(one.fun)],
        ...(one.jac === null ? [] : [[nameOf(k).jac, sourceOf(one.jac)]]),
      ]),
    ),
  };
  return markPortable(internalFun, { kind: "internal-fun", fun: sourceOf(fun), others, spec });
}

/** What functions of the k-th nonlinear constraint are called on the way. */
function nameOf(k: number): { readonly fun: string; readonly jac: string } {
  return { fun: `constraint${k}`, jac: `constraint${k}Jac` };
}

function sourceOf(fun: (params: never) => unknown): CriterionSource {
  const portable = portableOf(fun);
  return portable?.kind === "criterion" ? portable.fun : { closure: fun };
}

/** The worker's way to the same function: from the user's functions and the spec that travelled with them. */
export function internalFunFromSpec(
  spec: unknown,
  fun: Applied,
  others: Readonly<Record<string, Applied>>,
  worker: string,
): InternalFun<unknown> {
  const applied =
    ({ fun, args }: Applied) =>
    (params: unknown) =>
      fun(params, ...args);
  const other = (name: string) => (Object.hasOwn(others, name) ? applied(others[name]) : null);
  const known = spec as InternalFunSpec;
  const functions = {
    fun: applied(fun),
    jac: other("jac"),
    funAndJac: other("funAndJac"),
    nonlinear: known.nonlinear.map((_, k) => ({ fun: applied(others[nameOf(k).fun]), jac: other(nameOf(k).jac) })),
  };
  return pointEvaluator(known, functions, async () => kindOf(fun.fun) ?? null, worker);
}

/** A user's function with its further arguments. */
interface Applied {
  readonly fun: (params: unknown, ...args: unknown[]) => unknown;
  readonly args: readonly unknown[];
}
