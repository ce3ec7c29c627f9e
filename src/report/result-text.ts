import type { Usage } from "../usage.ts";
import type { ConvergenceChange, ConvergenceReport } from "./convergence.ts";
import { formatCount, formatDistinct, formatDollars, formatDuration, formatNumber } from "./format.ts";
import { clipToWidth, formatTable, oneLine, wrapText } from "./text-layout.ts";

/** What `formatResult` needs of a result. */
export interface ResultForText {
  readonly direction: "minimize" | "maximize";
  /** Whether a convergence criterion was met, not merely a limit. */
  readonly success: boolean;
  /** What the algorithm or the driver said at the end. */
  readonly message: string;
  readonly algorithm: string;
  /** Best value in the user's sign; NaN when none was found. */
  readonly fun: number;
  /** Value at the start in the user's sign; NaN when the criterion failed there. */
  readonly startFun: number;
  /** By how much the nonlinear constraints are violated at the end, and at the start. */
  readonly violation: number;
  readonly startViolation: number;
  readonly nFunEvals: number;
  readonly nJacEvals: number;
  readonly nBatches: number;
  readonly nIterations: number;
  /** Points at which the criterion failed. */
  readonly nFailed: number;
  /** Names of the flattened external parameters. */
  readonly paramNames: readonly string[];
  /** Flattened, in the order of `paramNames`. */
  readonly startParams: Float64Array;
  /** Flattened, in the order of `paramNames`. */
  readonly params: Float64Array;
  /** How many parameters the algorithm was free to move. @default the number of parameters */
  readonly nFree?: number;
  readonly convergenceReport: ConvergenceReport | null;
  /** Where the run is stored; null for a run kept in memory alone. */
  readonly location: string | null;
  /** Wall-clock time of the run, milliseconds. */
  readonly elapsedMs: number;
  /** Sum of the workers' own durations, milliseconds; told where it is more than the wall-clock time. NaN when unknown. */
  readonly workersMs?: number;
  /** What all invocations together took; null where the evaluator does not tell. */
  readonly usage?: Usage | null;
}

const lineWidth = 100;
const nameWidth = 40;
const maxRows = 20;

/** The result as text: prose, the estimates, the strength of convergence, and where the run is stored. No final newline. */
export function formatResult(result: ResultForText): string {
  const sections = [
    prose([
      howItEnded(result),
      whatItTook(result),
      howItImproved(result),
      whatFailed(result),
      result.success ? "" : result.violation === 0 ? noSolution : notFeasible,
    ]),
    prose([`The algorithm ${result.algorithm} reported: ${oneLine(result.message) || "nothing"}`]),
    estimates(result),
    convergence(result),
    result.location === null ? "" : `Stored: ${oneLine(result.location)}`,
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

const noSolution = "The estimates are the best point found, not a solution: no convergence criterion was met.";

const notFeasible = "The estimates are not feasible: at no point that was evaluated do all nonlinear constraints hold.";

function prose(sentences: readonly string[]): string {
  return wrapText(sentences.filter((sentence) => sentence !== "").join(" "), lineWidth);
}

function howItEnded(result: ResultForText): string {
  const what = result.direction === "minimize" ? "Minimize" : "Maximize";
  const free = formatCount(result.nFree ?? result.paramNames.length, "free parameter");
  const jac = result.nJacEvals === 0 ? "" : ` and ${formatCount(result.nJacEvals)} of its derivative`;
  const counts =
    `${formatCount(result.nFunEvals, "evaluation")} of the criterion${jac}, ` +
    `in ${formatCount(result.nBatches, "round")} and ${formatCount(result.nIterations, "iteration")}`;
  // Not a speed-up: evaluations that share a processor take longer than they would alone.
  const { workersMs = Number.NaN, elapsedMs } = result;
  const atOnce =
    workersMs > elapsedMs
      ? `, for ${formatDuration(workersMs)} of evaluations: ${formatNumber(workersMs / elapsedMs, 2)} at the same time on average`
      : "";
  return (
    `${what} with ${free} terminated ${result.success ? "successfully" : "unsuccessfully"} after ${counts}. ` +
    `It took ${formatDuration(elapsedMs)} of wall-clock time${atOnce}.`
  );
}

/** Where something was paid, repeated or doubled: workers that merely started are nothing to report. */
function whatItTook({ usage }: ResultForText): string {
  if (!usage) return "";
  const { cost, throttles, reconnects, duplicates, hedges } = usage;
  if (cost + throttles + reconnects + duplicates + hedges === 0) return "";
  const events = [
    told(usage.coldStarts, "worker", "was started", "were started"),
    told(throttles, "invocation", "was throttled and sent again", "were throttled and sent again"),
    told(reconnects, "invocation", "found no connection and was sent again", "found no connection and were sent again"),
    told(duplicates, "invocation", "was repeated although it may have run", "were repeated although they may have run"),
    told(hedges, "slow invocation", "got a second one beside it", "got a second one beside them"),
  ].filter((event) => event !== "");
  const paid = cost > 0 ? `It cost about ${formatDollars(cost)} by the executor's prices` : "";
  return `${[paid, events.join(", ")].filter((part) => part !== "").join("; ")}.`;
}

function told(count: number, noun: string, one: string, many: string): string {
  return count === 0 ? "" : `${formatCount(count, noun)} ${count === 1 ? one : many}`;
}

function howItImproved({ direction, fun, startFun, violation, startViolation }: ResultForText): string {
  if (Number.isNaN(fun)) return "No value of the criterion was found.";
  if (Number.isNaN(startFun))
    return `The criterion has no value at the start; the best value found is ${formatNumber(fun)}.`;
  const [from, to] = formatDistinct(startFun, fun);
  // Values where constraints do not hold are no measure of those where they do.
  if (violation !== 0 || startViolation !== 0)
    return `The value of the criterion was ${from} at the start${violatedBy(startViolation)}, and is ${to} now${violatedBy(violation)}.`;
  if (fun === startFun) return `The value of the criterion stayed at ${to}: no better point than the start was found.`;
  const better = direction === "minimize" ? fun < startFun : fun > startFun;
  return `The value of the criterion ${better ? "improved" : "got worse"} from ${from} to ${to}.`;
}

function violatedBy(violation: number): string {
  return violation === 0 ? "" : `, where the nonlinear constraints are violated by ${formatNumber(violation)}`;
}

function whatFailed({ nFailed }: ResultForText): string {
  return nFailed === 0 ? "" : `The criterion failed at ${formatCount(nFailed, "point")}; the history has the errors.`;
}

function estimates({ paramNames, startParams, params }: ResultForText): string {
  const rows = paramNames
    .slice(0, maxRows)
    .map((name, i) => [clipToWidth(oneLine(name), nameWidth), formatNumber(startParams[i]), formatNumber(params[i])]);
  const table = formatTable(
    [
      { heading: "parameter", align: "left" },
      { heading: "start", align: "right" },
      { heading: "estimate", align: "right" },
    ],
    rows,
  );
  const nMore = paramNames.length - rows.length;
  return nMore === 0 ? table : `${table}\n… and ${formatCount(nMore, "more parameter")}`;
}

const changes: readonly (readonly [keyof ConvergenceChange, string])[] = [
  ["relativeCriterionChange", "relative criterion change"],
  ["relativeParamsChange", "relative params change"],
  ["absoluteCriterionChange", "absolute criterion change"],
  ["absoluteParamsChange", "absolute params change"],
];

function convergence({ convergenceReport: report, algorithm }: ResultForText): string {
  if (report === null) return "Convergence cannot be assessed: fewer than two points improved on those before them.";
  const table = formatTable(
    [
      { heading: "", align: "left" },
      { heading: "one step", align: "left" },
      { heading: "five steps", align: "left" },
    ],
    changes.map(([key, label]) => [label, withStars(report.oneStep[key]), withStars(report.fiveSteps[key])]),
  );
  return [
    prose([`Independent of the convergence criteria of ${algorithm}, the last accepted points changed by:`]),
    table,
    prose(["*** at most 1e-10, ** at most 1e-8, * at most 1e-5; over the last accepted step, and over the last five."]),
  ].join("\n\n");
}

function withStars(change: number): string {
  const stars = change <= 1e-10 ? "***" : change <= 1e-8 ? "**" : change <= 1e-5 ? "*" : "";
  return `${formatNumber(change, 4)} ${stars}`.trimEnd();
}
