import { show } from "../errors.ts";

/** A task for messages, by its argument: internal x where there is one. */
export function taskName(arg: unknown): string {
  const x = (arg as { x?: unknown } | null | undefined)?.x;
  return x instanceof Float64Array ? `the point x = ${show(x)}` : `the argument ${show(arg)}`;
}
