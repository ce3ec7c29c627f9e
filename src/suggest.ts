import { InvalidInputError } from "./errors.ts";

/**
 * The candidate closest to `name`, or undefined when none is close enough to be what was meant.
 * Optimal string alignment distance (insert, delete, substitute, transpose), ignoring case, hyphens and underscores; failing that, a
 * candidate that begins with the name.
 */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const plain = simplify(name);
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = editDistance(plain, simplify(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  // A name of one or two letters is near to anything: there one letter must be right.
  const limit = Math.min(Math.max(2, Math.floor(plain.length / 3)), plain.length - 1);
  if (bestDistance <= limit) return best;
  return plain.length < 3 ? undefined : candidates.find((candidate) => simplify(candidate).startsWith(plain));
}

/** Throws for the first key of `given` that is not in `known`, and suggests the nearest. `where` names the call. */
export function rejectUnknownKeys(given: object, known: readonly string[], where: string): void {
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) throw new InvalidInputError(unknownName(`option ${key}`, key, known, where));
  }
}

/** "minimize: unknown option algorithmm. Did you mean algorithm? Known: …" */
export function unknownName(what: string, name: string, known: readonly string[], where: string): string {
  const suggestion = nearest(name, known);
  const hint = suggestion === undefined ? "" : ` Did you mean ${suggestion}?`;
  return `${where}: unknown ${what}.${hint} Known: ${[...known].sort().join(", ")}.`;
}

function simplify(text: string): string {
  return text.toLowerCase().replace(/[-_\s]/g, "");
}

function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      current[j] = Math.min(previous[j] + 1, current[j - 1] + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        current[j] = Math.min(current[j], beforePrevious[j - 2] + 1);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length];
}
