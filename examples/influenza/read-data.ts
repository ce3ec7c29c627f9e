import { readFileSync } from "node:fs";

/** Daily counts: `inBed[k]` pupils were in bed on day `days[k]`. */
export interface InfluenzaData {
  readonly days: readonly number[];
  readonly inBed: readonly number[];
}

/** The counts that come with the example: Anonymous, "Influenza in a boarding school", BMJ 1978;1:587. */
export const influenzaFile: URL = new URL("./data/influenza-1978.csv", import.meta.url);

/**
 * Reads counts from a CSV file with the columns day and in_bed, in any order and among others.
 *
 * @throws Error that names the file, the line and what was expected there
 */
export function readInfluenzaData(file: URL = influenzaFile): InfluenzaData {
  return parseInfluenzaData(readText(file), file.pathname);
}

/** As `readInfluenzaData`, of text; `source` is named in errors. */
export function parseInfluenzaData(text: string, source: string): InfluenzaData {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const header = lines[0].split(",").map((name) => name.trim());
  const [dayColumn, inBedColumn] = ["day", "in_bed"].map((name) => {
    const column = header.indexOf(name);
    if (column < 0) throw new Error(`${source}, line 1: expected a column ${name}, found ${JSON.stringify(lines[0])}.`);
    return column;
  });
  const days: number[] = [];
  const inBed: number[] = [];
  lines.forEach((line, i) => {
    if (i === 0 || line.trim() === "") return;
    const cells = line.split(",");
    if (cells.length !== header.length)
      throw new Error(`${source}, line ${i + 1}: expected ${header.length} values, found ${JSON.stringify(line)}.`);
    const where = `${source}, line ${i + 1}`;
    const day = parseCount(cells[dayColumn], "day", where);
    if (days.length > 0 && day <= days[days.length - 1])
      throw new Error(`${where}: days must ascend, found day ${day} after day ${days[days.length - 1]}.`);
    days.push(day);
    inBed.push(parseCount(cells[inBedColumn], "in_bed", where));
  });
  if (days.length === 0) throw new Error(`${source}: expected at least one day below the header, found none.`);
  return { days, inBed };
}

function readText(file: URL): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new Error(`Cannot read the influenza data from ${file.pathname}: ${(cause as Error).message}`, { cause });
  }
}

function parseCount(cell: string, name: string, where: string): number {
  if (!/^\d+$/.test(cell.trim()))
    throw new Error(`${where}: ${name} must be a whole number, not negative, found ${JSON.stringify(cell)}.`);
  return Number(cell);
}
