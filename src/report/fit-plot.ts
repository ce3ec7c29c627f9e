import { InvalidInputError } from "../errors.ts";
import { palette, schema, theme } from "./plot-theme.ts";
import { createPlot, type Plot } from "./svg.ts";

/** Points of the plane; x and y equally long. Pairs that are not finite are left out. */
export interface XYSeries {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** What the legend says. */
  readonly name?: string;
}

/** What `fitPlot` draws. */
export interface FitPlotOptions {
  /** Data, drawn as points. */
  readonly observed: XYSeries;
  /** The model at the estimates, drawn as a line; x ascending, as dense as the curve should be smooth. */
  readonly fitted: XYSeries;
  readonly title?: string;
  readonly subtitle?: string;
  readonly xTitle?: string;
  readonly yTitle?: string;
  /** Of the plotting area, pixels. @default 640 */
  readonly width?: number;
  /** @default 360 */
  readonly height?: number;
}

/**
 * Data as points against the fitted model as a line.
 *
 * @throws InvalidInputError when x and y of a series differ in length.
 */
export function fitPlot(options: FitPlotOptions): Plot {
  const { observed, fitted, title = "Fit", subtitle, xTitle = "x", yTitle = "y", width = 640, height = 360 } = options;
  const data = observed.name ?? "data";
  const model = fitted.name ?? "model";
  const points = pairs(observed, "observed");
  const line = pairs(fitted, "fitted");
  // Without values Vega would draw axes from infinity to minus infinity.
  const empty = points.length + line.length === 0 ? { scale: { domain: [0, 1] } } : {};
  const x = { field: "x", type: "quantitative", title: xTitle, ...empty } as const;
  const y = { field: "y", type: "quantitative", title: yTitle, ...empty } as const;
  return createPlot({
    $schema: schema,
    description: `${title}: ${data} as points, ${model} as a line, ${yTitle} over ${xTitle}.`,
    title: subtitle === undefined ? title : { text: title, subtitle },
    width,
    height,
    config: theme,
    layer: [
      {
        data: { values: line },
        mark: { type: "line", strokeWidth: 2.5 },
        encoding: { x, y, color: { datum: model } },
      },
      {
        data: { values: points },
        mark: { type: "point", shape: "circle", filled: true, size: 70, opacity: 1, stroke: "white", strokeWidth: 1 },
        encoding: {
          x,
          y,
          color: { datum: data, scale: { domain: [data, model], range: [palette.vermilion, palette.blue] } },
        },
      },
    ],
  });
}

function pairs({ x, y }: XYSeries, name: string): { x: number; y: number }[] {
  if (x.length !== y.length)
    throw new InvalidInputError(
      `fitPlot: x and y of ${name} must be equally long, received ${x.length} and ${y.length} values.`,
    );
  return Array.from(x, (value, i) => ({ x: value, y: y[i] })).filter(
    (p) => Number.isFinite(p.x) && Number.isFinite(p.y),
  );
}
