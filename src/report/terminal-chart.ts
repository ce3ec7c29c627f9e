import { styleText } from "node:util";
import { plot } from "asciichart";
import { InvalidInputError, show } from "../errors.ts";
import { type ChartAxis, largestDrawn, linearAxis, logAxis, logScaleHelps } from "./chart-axis.ts";
import { clipToWidth, displayWidth, oneLine } from "./text-layout.ts";

/** One series of a terminal chart. Values that are not finite, or above 1e300, are left out. */
export interface ChartSeries {
  readonly name: string;
  /** Points are marks of their own; a line joins its values, a step holds each until the next. */
  readonly kind: "points" | "line" | "step";
  /** Ascending for lines and steps; as long as `y`. */
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/** What to draw, and how large. */
export interface TerminalChartOptions {
  readonly series: readonly ChartSeries[];
  readonly title?: string;
  readonly xLabel?: string;
  readonly yLabel?: string;
  /** Columns in all. @default 72 */
  readonly width?: number;
  /** Rows of the plotting area. @default 14 */
  readonly height?: number;
  /** "auto" is logarithmic when all values are positive and the largest is twenty times the smallest. @default "linear" */
  readonly yScale?: "linear" | "log" | "auto";
  /** Whether to colour it with control sequences. @default false */
  readonly color?: boolean;
}

type Color = "cyan" | "yellow" | "magenta" | "green";
/** Lines differ in stroke too: colours may be off, or not told apart. */
const lineStyles: readonly { readonly color: Color; readonly strokes: string }[] = [
  { color: "cyan", strokes: "─│╭╮╯╰" },
  { color: "magenta", strokes: "━┃┏┓┛┗" },
  { color: "green", strokes: "═║╔╗╝╚" },
];
const pointMarks = ["●", "○", "×"];

/** A cell of the plotting area. */
interface Cell {
  readonly glyph: string;
  readonly color: Color;
}

/**
 * A chart for the terminal: lines drawn by asciichart, points as marks over them, both axes labelled at round values, a
 * legend below. Several lines of text, no final newline.
 *
 * @throws InvalidInputError when x and y of a series differ in length, or the chart is too small to draw.
 */
export function terminalChart(options: TerminalChartOptions): string {
  const { series, width = 72, height = 14, color = false } = options;
  check(options, width, height);
  const drawn = series.map(finitePoints);
  const values = drawn.flatMap((s) => s.y);
  const title = options.title === undefined ? [] : [clipToWidth(oneLine(options.title), width)];
  if (values.length === 0) return [...title, "(no finite values to draw)"].join("\n");

  const log = options.yScale === "log" || (options.yScale === "auto" && logScaleHelps(values));
  const nTicks = Math.max(3, Math.ceil(height / 3));
  const [low, high] = range(values);
  const yAxis = log ? logAxis(low, high, { nTicks }) : linearAxis(low, high, { nTicks, round: true });
  const labels = yLabels(yAxis, height);
  const gutter = Math.max(...labels.map((label) => label.length)) + 1;
  const plotWidth = width - gutter - 1;
  const xAxis = linearAxis(...range(drawn.flatMap((s) => s.x)), {
    nTicks: Math.ceil(plotWidth / 8),
    round: false,
  });

  const cells = drawCells(drawn, xAxis, yAxis, plotWidth, height);
  const rows = cells.map((row, i) => {
    const axis = `${labels[i].padStart(gutter - 1)} ${labels[i] === "" ? "│" : "┤"}`;
    return (axis + row.map((cell) => (cell === null ? " " : paint(cell.glyph, cell.color, color))).join("")).trimEnd();
  });
  const yLabel =
    options.yLabel === undefined
      ? []
      : [`${clipToWidth(oneLine(options.yLabel), width - 12)}${log ? " (log scale)" : ""}`];
  return [
    ...title,
    ...yLabel,
    ...rows,
    ...xLabels(xAxis, gutter, plotWidth, options.xLabel),
    legend(series, color),
  ].join("\n");
}

function check({ series, yScale }: TerminalChartOptions, width: number, height: number): void {
  if (!(width >= 20 && height >= 3))
    throw new InvalidInputError(
      `terminalChart: width must be at least 20 columns and height at least 3 rows, received ${show(width)} and ${show(height)}.`,
    );
  for (const { name, x, y } of series) {
    if (x.length !== y.length)
      throw new InvalidInputError(
        `terminalChart: x and y of series ${show(name)} must be equally long, received ${x.length} and ${y.length} values.`,
      );
    if (yScale === "log" && Array.from(y).some((value) => value <= 0))
      throw new InvalidInputError(
        `terminalChart: yScale "log" needs positive values, series ${show(name)} has others.`,
      );
  }
}

interface FinitePoints {
  readonly kind: ChartSeries["kind"];
  readonly x: readonly number[];
  readonly y: readonly number[];
}

function finitePoints({ kind, x, y }: ChartSeries): FinitePoints {
  const kept = Array.from(x, (_, i) => i).filter(
    (i) => Math.abs(x[i]) <= largestDrawn && Math.abs(y[i]) <= largestDrawn,
  );
  return { kind, x: kept.map((i) => x[i]), y: kept.map((i) => y[i]) };
}

function range(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

/** Lines first, points over them: a fit that goes through the data must not hide it. */
function drawCells(
  series: readonly FinitePoints[],
  xAxis: ChartAxis,
  yAxis: ChartAxis,
  width: number,
  height: number,
): (Cell | null)[][] {
  const cells = Array.from({ length: height }, () => new Array<Cell | null>(width).fill(null));
  const lines = series.filter((s) => s.kind !== "points" && s.x.length > 0);
  lines.forEach((line, i) => {
    drawLine(cells, line, xAxis, yAxis, lineStyles[i % lineStyles.length]);
  });
  const points = series.filter((s) => s.kind === "points");
  points.forEach(({ x, y }, i) => {
    x.forEach((value, k) => {
      const row = Math.round((1 - yAxis.position(y[k])) * (height - 1));
      const column = Math.round(xAxis.position(value) * (width - 1));
      cells[row][column] = { glyph: pointMarks[i % pointMarks.length], color: "yellow" };
    });
  });
  return cells;
}

/** asciichart joins one value a column, in rows: the line is sampled at the columns it covers. */
function drawLine(
  cells: (Cell | null)[][],
  line: FinitePoints,
  xAxis: ChartAxis,
  yAxis: ChartAxis,
  style: (typeof lineStyles)[number],
): void {
  const [height, width] = [cells.length, cells[0].length];
  const first = Math.round(xAxis.position(line.x[0]) * (width - 1));
  const last = Math.round(xAxis.position(line.x[line.x.length - 1]) * (width - 1));
  const rows: number[] = [];
  for (let column = first; column <= last; column++) {
    const y = sample(line, xAxis.value(column / (width - 1)));
    rows.push(Math.round(yAxis.position(y) * (height - 1)));
  }
  // Its first column is its axis, and it draws the way to the next value: the last one is given twice.
  const text = plot([...rows, rows[rows.length - 1]], {
    min: 0,
    max: height - 1,
    height: height - 1,
    offset: 1,
    format: () => " ",
  });
  text.split("\n").forEach((row, i) => {
    [...row].slice(1).forEach((glyph, k) => {
      if (glyph !== " " && first + k < width) cells[i][first + k] = restroke(glyph, style);
    });
  });
}

function restroke(glyph: string, { color, strokes }: (typeof lineStyles)[number]): Cell {
  return { glyph: strokes[lineStyles[0].strokes.indexOf(glyph)], color };
}

/** The series at x: between its values a line goes straight, a step stays. Constant beyond the ends. */
function sample({ kind, x, y }: FinitePoints, at: number): number {
  const next = x.findIndex((value) => value > at);
  if (next === -1) return y[y.length - 1];
  if (next === 0) return y[0];
  if (kind === "step") return y[next - 1];
  const weight = (at - x[next - 1]) / (x[next] - x[next - 1]);
  return y[next - 1] + weight * (y[next] - y[next - 1]);
}

/** A label for each row, from the top; empty between ticks. */
function yLabels(axis: ChartAxis, height: number): string[] {
  const labels = new Array<string>(height).fill("");
  axis.ticks.forEach((tick, i) => {
    labels[Math.round((1 - axis.position(tick)) * (height - 1))] = axis.labels[i];
  });
  return labels;
}

function xLabels(axis: ChartAxis, gutter: number, width: number, label: string | undefined): string[] {
  const line = new Array<string>(width).fill("─");
  let labels = "";
  axis.ticks.forEach((tick, i) => {
    const column = Math.round(axis.position(tick) * (width - 1));
    const text = axis.labels[i];
    const start = Math.max(0, gutter + 1 + column - Math.floor(text.length / 2));
    line[column] = "┬";
    if (labels === "" || start > labels.length) labels = labels.padEnd(start) + text;
  });
  const rows = [`${" ".repeat(gutter)}└${line.join("")}`, labels];
  if (label !== undefined) {
    const text = clipToWidth(oneLine(label), width);
    rows.push(" ".repeat(gutter + 1 + Math.floor((width - displayWidth(text)) / 2)) + text);
  }
  return rows;
}

function legend(series: readonly ChartSeries[], color: boolean): string {
  const nSeen = { points: 0, line: 0 };
  const entries = series.map(({ name, kind }) => {
    if (kind === "points")
      return `${paint(pointMarks[nSeen.points++ % pointMarks.length], "yellow", color)} ${oneLine(name)}`;
    const { color: lineColor, strokes } = lineStyles[nSeen.line++ % lineStyles.length];
    return `${paint(strokes[0].repeat(2), lineColor, color)} ${oneLine(name)}`;
  });
  return `  ${entries.join("    ")}`;
}

function paint(text: string, style: Color, color: boolean): string {
  return color ? styleText(style, text, { validateStream: false }) : text;
}
