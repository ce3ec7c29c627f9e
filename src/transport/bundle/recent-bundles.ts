/** The bundles built last in this process: who sends the same code with other data does not pay esbuild again. */
import { statSync } from "node:fs";
import type { Bundle } from "./bundle.ts";

export interface Built {
  readonly bundle: Bundle;
  /** All files that were read. */
  readonly files: readonly string[];
}

interface Recent {
  readonly bundle: Bundle;
  /** What each file was then. */
  readonly stamps: ReadonlyMap<string, string>;
}

const MAX_RECENT = 8;
/** Latest last. */
const recent = new Map<string, Promise<Recent>>();

/** What `build` gives, or gave under this key if its files are what they were. */
export async function recentBundle(key: string, build: () => Promise<Built>): Promise<Bundle> {
  const known = recent.get(key);
  recent.delete(key);
  const now = known === undefined ? stamped(build) : refreshed(known, build);
  recent.set(key, now);
  for (const oldest of recent.keys()) if (recent.size > MAX_RECENT) recent.delete(oldest);
  now.catch(() => {
    if (recent.get(key) === now) recent.delete(key);
  });
  return (await now).bundle;
}

async function refreshed(known: Promise<Recent>, build: () => Promise<Built>): Promise<Recent> {
  const last = await known.catch(() => null);
  const isFresh = last !== null && [...last.stamps].every(([file, stamp]) => stampOf(file) === stamp);
  return isFresh ? last : stamped(build);
}

async function stamped(build: () => Promise<Built>): Promise<Recent> {
  const start = Date.now();
  const { bundle, files } = await build();
  // What was written meanwhile may have been read before.
  const stamps = files.map((file): [string, string] => [file, stampOf(file, start)]);
  return { bundle, stamps: new Map(stamps) };
}

/** Names of generated modules have the empty stamp. */
function stampOf(file: string, latest: number = Number.POSITIVE_INFINITY): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return "";
  return stats.mtimeMs > latest ? "changed" : `${stats.mtimeMs} ${stats.size} ${stats.ino}`;
}
