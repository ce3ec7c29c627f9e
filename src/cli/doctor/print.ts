import { styleText } from "node:util";
import type { CheckResult } from "./check.ts";

const SYMBOLS = { passed: "✓", failed: "✗", skipped: "–" } as const;
const COLOURS = { passed: "green", failed: "red", skipped: "dim" } as const;
const NAME_WIDTH = 13;
const INDENT = " ".repeat(2 + NAME_WIDTH);

/** One result for people: a line, and below it what else was found and what to do. */
export function resultText({ name, status, detail, remedy }: CheckResult, colour: boolean): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const [first, ...more] = detail.split("\n");
  const lines = [`${paint(COLOURS[status], SYMBOLS[status])} ${name.padEnd(NAME_WIDTH)}${first}`];
  lines.push(...more.map((line) => `${INDENT}${line}`));
  if (remedy !== undefined) {
    const [head, ...tail] = remedy.split("\n");
    lines.push(`${INDENT}${paint("bold", "→")} ${head}`, ...tail.map((line) => `${INDENT}  ${line}`));
  }
  return `${lines.join("\n")}\n`;
}

/** The last line. */
export function summaryText(results: readonly CheckResult[]): string {
  const count = (status: CheckResult["status"]) => results.filter((result) => result.status === status).length;
  const skippedCount = count("skipped");
  const unchecked = skippedCount === 0 ? "" : `, ${skippedCount} not checked`;
  return `\n${count("passed")} passed, ${count("failed")} failed${unchecked}.\n`;
}
