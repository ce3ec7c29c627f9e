import type { Traits } from "../setting.ts";
import type { Trial } from "../trial.ts";

/** What a check is about. "lifetime" are those that run programs of their own. */
export type CheckGroup =
  | "order"
  | "values"
  | "closures"
  | "errors"
  | "raise"
  | "abort"
  | "disposal"
  | "worker death"
  | "lifetime"
  | "minimize";

export interface Check {
  readonly group: CheckGroup;
  /** What the executor must do: after "An executor must". */
  readonly name: string;
  /** @default always */
  readonly applies?: (traits: Traits) => boolean;
  run(trial: Trial): Promise<void>;
}

/** 0, 1, … length − 1. */
export function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
