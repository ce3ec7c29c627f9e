import type { Config } from "vega-lite";

/** Colours of Okabe and Ito (2008), told apart with every common kind of colour blindness and readable on white. */
export const palette = {
  blue: "#0072B2",
  orange: "#E69F00",
  vermilion: "#D55E00",
  green: "#009E73",
  purple: "#CC79A7",
  sky: "#56B4E9",
  ink: "#222222",
  grey: "#6B6B6B",
} as const;

/** For series without a meaning of their own. */
export const seriesColors: readonly string[] = [
  palette.blue,
  palette.vermilion,
  palette.green,
  palette.purple,
  palette.orange,
  palette.sky,
];

const font = "Helvetica, Arial, sans-serif";

/** The look that all pictures share. */
export const theme: Config = {
  background: "white",
  font,
  padding: 12,
  view: { stroke: null },
  title: {
    anchor: "start",
    fontSize: 15,
    fontWeight: 600,
    color: palette.ink,
    offset: 14,
    subtitleColor: palette.grey,
  },
  axis: {
    labelColor: "#444444",
    titleColor: palette.ink,
    labelFontSize: 12,
    titleFontSize: 12.5,
    titleFontWeight: "normal",
    titlePadding: 10,
    domainColor: "#999999",
    tickColor: "#999999",
    gridColor: "#E6E6E6",
  },
  axisX: { grid: false, labelFlush: false },
  legend: {
    orient: "top",
    direction: "horizontal",
    title: null,
    labelFontSize: 12,
    labelColor: palette.ink,
    symbolSize: 80,
    symbolOpacity: 1,
    labelLimit: 0,
    columnPadding: 18,
    offset: 16,
  },
};

export const schema = "https://vega.github.io/schema/vega-lite/v6.json";
