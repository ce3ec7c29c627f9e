import type { TopLevelSpec } from "vega-lite";
import type { CriterionPlotData } from "./criterion-plot-data.ts";
import { palette, seriesColors } from "./plot-theme.ts";

type Layer = Extract<TopLevelSpec, { layer: unknown }>["layer"][number];

/** A quantitative axis: the part of Vega-Lite's channel definition that is used here. */
export interface AxisChannel {
  readonly field: string;
  readonly type: "quantitative";
  readonly title: string;
  readonly scale: { type?: "log"; domain?: [number, number]; nice?: boolean; zero?: boolean };
  readonly axis: { tickMinStep?: number; format?: string; values?: number[] };
}

/** The axes that all layers share. */
export interface CriterionAxes {
  readonly x: AxisChannel;
  readonly y: AxisChannel;
}

/** Colour or shape by the field `kind`: equal fields and domains share one legend. */
interface KindChannel {
  readonly field: "kind";
  readonly type: "nominal";
  readonly scale: { domain: string[]; range: string[] };
}

/** Above so many points they are drawn fainter, so that where they are dense can be seen. */
const manyPoints = 300;

const bar = "M-1.3,-0.25L1.3,-0.25L1.3,0.25L-1.3,0.25Z";
const cross = "M-1,-0.7L-0.7,-1L0,-0.3L0.7,-1L1,-0.7L0.3,0L1,0.7L0.7,1L0,0.3L-0.7,1L-1,0.7L-0.3,0Z";
const bestMark = { type: "line", interpolate: "step-after", strokeWidth: 2.5 } as const;

/** Points, best so far and failures differ in colour and shape; bands of rounds are shaded. */
export function singleRun(
  run: CriterionPlotData,
  shaded: CriterionPlotData["bands"],
  { x, y }: CriterionAxes,
): Layer[] {
  const kinds = [
    { name: "point", color: palette.sky, shape: "circle" },
    { name: "best so far", color: palette.blue, shape: bar },
    ...(run.failed.length > 0 ? [{ name: "failed", color: palette.vermilion, shape: cross }] : []),
  ];
  const domain = kinds.map((kind) => kind.name);
  const color = kindChannel(
    domain,
    kinds.map((kind) => kind.color),
  );
  const shape = kindChannel(
    domain,
    kinds.map((kind) => kind.shape),
  );
  return [
    {
      data: { values: [...shaded] },
      mark: { type: "rect", color: "black", opacity: 0.045 },
      encoding: { x: { ...x, field: "from" }, x2: { field: "to" } },
    },
    {
      data: withKind(run.points, "point"),
      mark: pointMark(run.points.length > manyPoints ? 0.4 : 0.9),
      encoding: { x, y, color, shape },
    },
    { data: withKind(run.best, "best so far"), mark: bestMark, encoding: { x, y, color } },
    ...failures(run, "failed", { x, color, shape }),
  ];
}

/** A colour for each run; its points stay faint behind its line. */
export function severalRuns(
  runs: readonly CriterionPlotData[],
  names: readonly string[],
  axes: CriterionAxes,
): Layer[] {
  const { x, y } = axes;
  const color = kindChannel(
    names,
    names.map((_, i) => seriesColors[i % seriesColors.length]),
  );
  return runs.flatMap((run, i): Layer[] => [
    { data: withKind(run.points, names[i]), mark: { ...pointMark(0.25), shape: "circle" }, encoding: { x, y, color } },
    { data: withKind(run.best, names[i]), mark: bestMark, encoding: { x, y, color } },
    ...failures(run, names[i], { x, color, shape: { value: cross } }),
  ]);
}

function kindChannel(domain: readonly string[], range: readonly string[]): KindChannel {
  return { field: "kind", type: "nominal", scale: { domain: [...domain], range: [...range] } };
}

function withKind<T extends object>(values: readonly T[], kind: string): { values: (T & { kind: string })[] } {
  return { values: values.map((value) => ({ ...value, kind })) };
}

function pointMark(opacity: number): { type: "point"; filled: true; size: number; opacity: number } {
  return { type: "point", filled: true, size: 32, opacity };
}

/** Failed points have no value: their crosses stand above the plot, where nothing else is. */
function failures(
  run: CriterionPlotData,
  kind: string,
  encoding: { x: AxisChannel; color: KindChannel; shape: KindChannel | { value: string } },
): Layer[] {
  if (run.failed.length === 0) return [];
  return [
    {
      data: withKind(run.failed, kind),
      mark: { ...pointMark(1), size: 40 },
      encoding: { ...encoding, y: { value: -8 } },
    },
  ];
}
