import { relative } from "node:path";
import { styleText } from "node:util";
import { formatBytes } from "../../report/format.ts";
import { clipToWidth, formatTable, oneLine, type TableColumn } from "../../report/text-layout.ts";
import type { CriterionReport } from "../../transport/inspect-criterion.ts";

/** How a report is printed. */
export interface PrintOptions {
  readonly colour: boolean;
  /** Files are named as from here. */
  readonly folder: string;
}

/** What an invocation of Lambda carries, characters. */
const MAX_INVOCATION = 6_000_000;
/** Above so many bytes, compressed, it goes by way of a bucket where there is one. */
const PREFER_BUCKET = 256_000;
/** So many files are named: a package may have thousands. */
const MAX_MODULES = 20;
const MAX_VALUE_WIDTH = 60;
const LABEL_WIDTH = 11;

/** A report for people. */
export function reportText(report: CriterionReport, { colour, folder }: PrintOptions): string {
  const paint = (style: "bold" | "yellow" | "dim", text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const heading = (text: string) => `\n${paint("bold", text)}`;
  const line = (label: string, text: string) => `${label.padEnd(LABEL_WIDTH)}${text}`;
  const { modules, captured, warnings } = report;
  const lines = [paint("bold", oneLine(report.name)), ...sizes(report).map(([label, text]) => line(label, text))];
  if (modules.length > 0)
    lines.push(heading("Code from"), formatTable(MODULES, modules.slice(0, MAX_MODULES).map(moduleRow(folder))));
  if (modules.length > MAX_MODULES) lines.push(`… and ${modules.length - MAX_MODULES} more`);
  lines.push(heading("Captured variables"));
  lines.push(captured.length === 0 ? "none" : formatTable(VARIABLES, captured.map(variableRow(folder))));
  if (warnings.length > 0) lines.push(heading("Warnings"));
  lines.push(...warnings.map((warning) => `${paint("yellow", "!")} ${oneLine(warning)}`));
  return `${lines.join("\n")}\n`;
}

function sizes({ hash, codeBytes, dataBytes, dataHash, sentBytes, sentParts }: CriterionReport): [string, string][] {
  const rows: [string, string][] = [
    ["hash", hash],
    ["code", formatBytes(codeBytes)],
    ["data", formatBytes(dataBytes)],
    ["on Lambda", `${formatBytes(sentBytes)}, compressed; ${wayOf(sentBytes, sentParts)}`],
  ];
  if (dataHash !== null)
    rows.splice(3, 0, ["", `a part of its own, ${dataHash}: not sent again when the code alone changes`]);
  return rows;
}

/** How so many characters of base64, in parts, get to a worker. */
function wayOf(sentBytes: number, sentParts: readonly number[]): string {
  if (sentBytes > MAX_INVOCATION)
    return "more than the 6 MB that an invocation carries: it goes by way of a bucket, and needs one";
  const share = `${formatShare(sentBytes / MAX_INVOCATION)} of the 6 MB that an invocation carries`;
  return (Math.max(...sentParts) * 3) / 4 > PREFER_BUCKET ? `${share}; by way of a bucket where there is one` : share;
}

function formatShare(share: number): string {
  if (share < 0.001) return "less than 0.1 %";
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

const MODULES: readonly TableColumn[] = [
  { heading: "bytes", align: "right" },
  { heading: "file", align: "left" },
];

const VARIABLES: readonly TableColumn[] = [
  { heading: "name", align: "left" },
  { heading: "value", align: "left" },
  { heading: "bytes", align: "right" },
  { heading: "where", align: "left" },
];

type Module = CriterionReport["modules"][number];
type Variable = CriterionReport["captured"][number];

function moduleRow(folder: string): (module: Module) => string[] {
  return ({ file, bytes }) => [formatBytes(bytes), oneLine(fromFolder(folder, file))];
}

function variableRow(folder: string): (variable: Variable) => string[] {
  return ({ name, usedBy, position, value, bytes }) => {
    const place = position === null ? "" : `${fromFolder(folder, position.file)}:${position.line}:${position.column}`;
    const where = [usedBy, place].filter((part) => part !== "").join(", ");
    return [name, clipToWidth(oneLine(value), MAX_VALUE_WIDTH), formatBytes(bytes), oneLine(where)];
  };
}

/** Relative to the folder; what only is a part of a module's name stays. */
function fromFolder(folder: string, file: string): string {
  return relative(folder, file) || file;
}
