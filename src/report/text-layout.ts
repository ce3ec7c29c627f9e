import { stripVTControlCharacters } from "node:util";

const wide =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Text of any origin as one printable line: control sequences removed, line breaks and tabs turned into spaces. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .trim();
}

/** Columns that a text takes in a terminal: CJK and emoji take two. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += wide.test(segment) ? 2 : 1;
  return width;
}

/** The text, cut to `width` columns; a cut is shown by "…". */
export function clipToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width < 1) return "";
  let clipped = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += wide.test(segment) ? 2 : 1;
    if (used > width - 1) break;
    clipped += segment;
  }
  return `${clipped}…`;
}

/** Breaks a paragraph between words into lines of at most `width` columns; longer words stand alone. */
export function wrapText(paragraph: string, width: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of paragraph.split(/\s+/).filter((w) => w !== "")) {
    const extended = line === "" ? word : `${line} ${word}`;
    if (line !== "" && displayWidth(extended) > width) {
      lines.push(line);
      line = word;
    } else line = extended;
  }
  if (line !== "") lines.push(line);
  return lines.join("\n");
}

/** A column of a table: its heading and on which side its cells are flush. */
export interface TableColumn {
  readonly heading: string;
  readonly align: "left" | "right";
}

/** A table in plain text: heading, rule, rows; columns two spaces apart, each as wide as its widest cell. */
export function formatTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, j) =>
    Math.max(displayWidth(column.heading), ...rows.map((r) => displayWidth(r[j]))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, j) => {
        const padding = " ".repeat(widths[j] - displayWidth(cell));
        return columns[j].align === "left" ? cell + padding : padding + cell;
      })
      .join("  ")
      .trimEnd();
  return [line(columns.map((c) => c.heading)), widths.map((w) => "─".repeat(w)).join("  "), ...rows.map(line)].join(
    "\n",
  );
}
