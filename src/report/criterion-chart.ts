import { acceptedPoints } from "./convergence.ts";
import { type TerminalChartOptions, terminalChart } from "./terminal-chart.ts";

/**
 * The best criterion value so far over the points of a history, as a chart for the terminal; logarithmic when that shows
 * more.
 *
 * @param history its values in the user's sign, NaN where there is none
 */
export function criterionChart(
  history: { readonly fun: Float64Array; readonly violation?: ArrayLike<number>; readonly length: number },
  direction: "minimize" | "maximize",
  options: Omit<TerminalChartOptions, "series"> = {},
): string {
  const accepted = acceptedPoints(history, direction);
  const best = accepted.map((i) => history.fun[i]);
  return terminalChart({
    title: "Best criterion value so far",
    xLabel: "evaluations",
    yScale: "auto",
    height: 10,
    ...options,
    series: [
      {
        name: direction === "minimize" ? "smallest value so far" : "largest value so far",
        kind: "step",
        // The last value holds to the end of the history.
        x: [...accepted.map((i) => i + 1), history.length],
        y: [...best, best[best.length - 1] ?? Number.NaN],
      },
    ],
  });
}
