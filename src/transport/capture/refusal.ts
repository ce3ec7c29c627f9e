import { InvalidInputError } from "../../errors.ts";
import type { SourcePosition } from "./captured-code.ts";
import type { ValuePath } from "./path.ts";

/** Why something cannot travel, and what to do instead. */
export interface Reason {
  /** After the path: `is a Socket, which exists in this process only`. */
  readonly why: string;
  /** A whole sentence. */
  readonly remedy: string;
}

/** The error for a value that cannot be sent to workers: the variable's path, why, file:line:column, the remedy. */
export function refusal(path: ValuePath, { why, remedy }: Reason): InvalidInputError {
  return new InvalidInputError(
    `The function cannot be sent to workers: ${path.text} ${why}${at(path.position)}. ${remedy}`,
  );
}

/** ` (file:line:column)`, or nothing. */
export function at(position: SourcePosition | null): string {
  return position === null ? "" : ` (${position.file}:${position.line}:${position.column})`;
}
