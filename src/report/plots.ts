export { criterionChart } from "./criterion-chart.ts";
export { type CriterionPlotOptions, criterionPlot } from "./criterion-plot.ts";
export type { HistoryForPlot } from "./criterion-plot-data.ts";
export { type FitPlotOptions, fitPlot, type XYSeries } from "./fit-plot.ts";
export { type Plot, renderSvg, type VegaLiteSpec } from "./svg.ts";
export { type ChartSeries, type TerminalChartOptions, terminalChart } from "./terminal-chart.ts";
