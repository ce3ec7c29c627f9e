/** Derivatives as tables in plain text. */
import type { DenseMatrix } from "../linalg.ts";
import { formatCount, formatNumber } from "../report/format.ts";
import { clipToWidth, formatTable, oneLine } from "../report/text-layout.ts";

interface Counts {
  readonly nFunEvals: number;
  readonly nBatches: number;
  readonly failures: readonly unknown[];
}

interface FirstForText extends Counts {
  readonly paramNames: readonly string[];
  readonly valueNames: readonly string[];
  readonly value: unknown;
  readonly jacobian: DenseMatrix;
  readonly jacobianErrors: DenseMatrix | null;
}

interface SecondForText extends Counts {
  readonly paramNames: readonly string[];
  readonly valueNames: readonly string[];
  readonly value: unknown;
  readonly hessian: DenseMatrix | readonly DenseMatrix[];
}

const nameWidth = 30;
const maxRows = 20;
const maxColumns = 6;
const maxMatrices = 3;

export function formatFirstDerivative(result: FirstForText): string {
  const { paramNames, valueNames, value, jacobian, jacobianErrors } = result;
  if (typeof value !== "number")
    return sections(
      `First derivative of ${formatCount(valueNames.length, "value")} with respect to ${formatCount(paramNames.length, "parameter")}. ${whatItTook(result)}`,
      matrixTable(jacobian, "", valueNames, paramNames),
    );
  const rows = paramNames
    .slice(0, maxRows)
    .map((name, j) => [
      shortName(name),
      formatNumber(jacobian.data[j]),
      ...(jacobianErrors === null ? [] : [formatNumber(jacobianErrors.data[j], 2)]),
    ]);
  const headings = ["parameter", "derivative", ...(jacobianErrors === null ? [] : ["error estimate"])];
  const table = formatTable(headings.map(column), rows);
  return sections(
    `First derivative of a function whose value is ${formatNumber(value)}. ${whatItTook(result)}`,
    withRest(table, paramNames.length, "parameter"),
  );
}

export function formatSecondDerivative(result: SecondForText): string {
  const { paramNames, valueNames, value, hessian } = result;
  if ("data" in hessian)
    return sections(
      `Second derivative of a function whose value is ${formatNumber(value as number)}. ${whatItTook(result)}`,
      matrixTable(hessian, "", paramNames, paramNames),
    );
  const tables = hessian
    .slice(0, maxMatrices)
    .map((matrix, i) => matrixTable(matrix, shortName(valueNames[i]), paramNames, paramNames));
  const nMore = hessian.length - tables.length;
  return sections(
    `Second derivatives of ${formatCount(hessian.length, "value")}. ${whatItTook(result)}`,
    ...tables,
    nMore === 0 ? "" : `… and ${formatCount(nMore, "more value")}`,
  );
}

function whatItTook({ nFunEvals, nBatches, failures }: Counts): string {
  const failed = failures.length === 0 ? "" : ` It failed at ${formatCount(failures.length, "point")}.`;
  return `It took ${formatCount(nFunEvals, "evaluation")} in ${formatCount(nBatches, "batch", "batches")}.${failed}`;
}

function matrixTable(
  { columns, data }: DenseMatrix,
  corner: string,
  rowNames: readonly string[],
  columnNames: readonly string[],
): string {
  const shown = columnNames.slice(0, maxColumns);
  const more = columnNames.length > shown.length ? ["…"] : [];
  const rows = rowNames
    .slice(0, maxRows)
    .map((name, i) => [shortName(name), ...shown.map((_, j) => formatNumber(data[i * columns + j])), ...more]);
  const headings = [corner, ...shown.map(shortName), ...more];
  return withRest(formatTable(headings.map(column), rows), rowNames.length, "row");
}

function column(heading: string, j: number): { heading: string; align: "left" | "right" } {
  return { heading, align: j === 0 ? "left" : "right" };
}

function withRest(table: string, n: number, noun: string): string {
  return n <= maxRows ? table : `${table}\n… and ${formatCount(n - maxRows, `more ${noun}`)}`;
}

function shortName(name: string): string {
  return clipToWidth(oneLine(name), nameWidth);
}

function sections(...texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join("\n\n");
}
