import { InvalidInputError, show } from "../errors.ts";
import { logAxis, logScaleHelps } from "./chart-axis.ts";
import { type AxisChannel, type CriterionAxes, severalRuns, singleRun } from "./criterion-layers.ts";
import { type CriterionPlotData, criterionPlotData, type HistoryForPlot } from "./criterion-plot-data.ts";
import { schema, theme } from "./plot-theme.ts";
import { createPlot, type Plot } from "./svg.ts";

/** How `criterionPlot` draws. */
export interface CriterionPlotOptions {
  /** @default "minimize" */
  readonly direction?: "minimize" | "maximize";
  /** Names of the histories for the legend, in their order. @default run 1, run 2, … */
  readonly names?: readonly string[];
  /** What the horizontal axis counts: points, or batches of points that were evaluated at the same time. @default "evaluations" */
  readonly over?: "evaluations" | "rounds";
  /** "auto" is logarithmic when all values are positive and the largest is twenty times the smallest. @default "auto" */
  readonly yScale?: "linear" | "log" | "auto";
  readonly title?: string;
  readonly subtitle?: string;
  /** @default "criterion value" */
  readonly yTitle?: string;
  /** Of the plotting area, pixels. @default 640 */
  readonly width?: number;
  /** @default 360 */
  readonly height?: number;
}

/**
 * The criterion over a run, or over several to compare: the value of every point, the best so far as a line, failed points
 * as crosses above. Of a single run every other round is shaded. Long histories are thinned to a few thousand points.
 *
 * @param input `result.history`, or several of them
 * @throws InvalidInputError when a logarithmic scale is asked for and a value is not positive.
 */
export function criterionPlot(
  input: HistoryForPlot | readonly HistoryForPlot[],
  options: CriterionPlotOptions = {},
): Plot {
  const { direction = "minimize", over = "evaluations", yScale = "auto", width = 640, height = 360 } = options;
  const histories = isList(input) ? input : [input];
  const runs = histories.map((history) => criterionPlotData(history, direction, over));
  const values = runs.flatMap((run) => [...run.points, ...run.best].map((point) => point.fun));
  const log = yScale === "log" || (yScale === "auto" && logScaleHelps(values));
  const end = runs.reduce((last, run) => Math.max(last, run.end), 1);
  const axes: CriterionAxes = {
    x: {
      field: "x",
      type: "quantitative",
      title: over,
      scale: { domain: [0.5, end + 0.5], nice: false },
      axis: { tickMinStep: 1, format: ",d" },
    },
    y: {
      field: "fun",
      type: "quantitative",
      title: `${options.yTitle ?? "criterion value"}${log ? " (log scale)" : ""}`,
      ...(log ? logScale(values) : linearScale(values)),
    },
  };
  const title = options.title ?? "Criterion";
  const names = histories.map((_, i) => options.names?.[i] ?? `run ${i + 1}`);
  const shaded = runs.length === 1 ? wideBands(runs[0].bands, width / end) : [];
  const subtitle = options.subtitle ?? (shaded.length > 0 ? "Every other round is shaded." : undefined);
  return createPlot({
    $schema: schema,
    description: `${title}: value of the criterion over ${over}, with the best so far as a line.`,
    title: subtitle === undefined ? title : { text: title, subtitle },
    width,
    height,
    config: theme,
    layer: runs.length === 1 ? singleRun(runs[0], shaded, axes) : severalRuns(runs, names, axes),
  });
}

/** Stripes narrower than a few pixels would only flicker: none then. */
function wideBands(bands: CriterionPlotData["bands"], pixelsPerPoint: number): CriterionPlotData["bands"] {
  return bands.every((band) => (band.to - band.from) * pixelsPerPoint >= 4) ? bands : [];
}

/** Without values Vega would draw an axis from infinity to minus infinity. */
function linearScale(values: readonly number[]): Pick<AxisChannel, "scale" | "axis"> {
  return { scale: values.length === 0 ? { domain: [0, 1] } : { zero: false }, axis: {} };
}

/** Ends and ticks at 1, 2 or 5 times powers of ten: Vega's own are whole decades, mostly empty. */
function logScale(values: readonly number[]): Pick<AxisChannel, "scale" | "axis"> {
  if (values.length === 0) return linearScale(values);
  const low = values.reduce((a, b) => Math.min(a, b));
  if (low <= 0)
    throw new InvalidInputError(
      `criterionPlot: yScale "log" needs positive values, the history has ${show(low)}. Leave it at "auto" or say "linear".`,
    );
  const high = values.reduce((a, b) => Math.max(a, b));
  const axis = logAxis(low, high, { nTicks: 9 });
  return {
    scale: { type: "log", domain: [axis.value(0), axis.value(1)], nice: false },
    axis: { values: [...axis.ticks] },
  };
}

function isList(input: HistoryForPlot | readonly HistoryForPlot[]): input is readonly HistoryForPlot[] {
  return Array.isArray(input);
}
