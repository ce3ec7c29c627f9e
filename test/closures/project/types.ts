import type { BatchEvaluator } from "fanopt";

/** A closure, evaluated here and on workers. What it returns shows what it saw. */
export interface Case {
  readonly name: string;
  readonly fun: (...params: never[]) => unknown;
  /** @default 0.75 */
  readonly params?: unknown;
  readonly unpack?: "spread";
}

/** A program, run with batches evaluated here and on workers. */
export interface RunCase {
  readonly name: string;
  readonly run: (batchEvaluator: BatchEvaluator) => Promise<unknown>;
}

/** A file of cases by its name. */
export type Tables = Readonly<Record<string, { readonly cases: readonly (Case | RunCase)[] }>>;
