/** What criteria of the checks do on workers: marks in a folder tell the driver what was started. */
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const RELEASE = "release";

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/** On a worker: an evaluation of that name has started. */
export function leaveMark(folder: string, name: string | number): void {
  appendFileSync(join(folder, `mark-${name}`), ".");
}

/** On a worker: ends when the driver releases the folder, or removes it. */
export async function untilReleased(folder: string): Promise<void> {
  while (existsSync(folder) && !existsSync(join(folder, RELEASE))) await sleep(5);
}

/** In the driver: what waits in `untilReleased` goes on. */
export function release(folder: string): void {
  writeFileSync(join(folder, RELEASE), "");
}

/** How often each name was marked. */
export function marksIn(folder: string): ReadonlyMap<string, number> {
  const names = readdirSync(folder).filter((name) => name.startsWith("mark-"));
  return new Map(names.map((name) => [name.slice("mark-".length), readFileSync(join(folder, name)).length]));
}

/** Ends when so many names were marked, or after so many seconds: whether they were. */
export function untilMarks(folder: string, count: number, seconds: number): Promise<boolean> {
  return until(folder, () => marksIn(folder).size >= count, seconds);
}

/** Ends when that name was marked, or after so many seconds: whether it was. */
export function untilMarked(folder: string, name: string | number, seconds: number): Promise<boolean> {
  return until(folder, () => existsSync(join(folder, `mark-${name}`)), seconds);
}

async function until(folder: string, isSo: () => boolean, seconds: number): Promise<boolean> {
  const last = performance.now() + 1_000 * seconds;
  while (existsSync(folder) && !isSo()) {
    if (performance.now() > last) return false;
    await sleep(5);
  }
  return true;
}
