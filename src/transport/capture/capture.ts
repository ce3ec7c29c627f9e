/** Functions of this process, with all that they refer to, made ready for a worker. */
import { InvalidInputError } from "../../errors.ts";
import type { CapturedCode, SourcePosition } from "./captured-code.ts";
import type { CapturedGraph } from "./graph.ts";

/** A variable that was copied, for `inspectCriterion`. */
export interface CapturedVariable {
  /** Name in its script. */
  readonly name: string;
  /** Of the function that uses it; "" for one without a name. */
  readonly usedBy: string;
  readonly position: SourcePosition | null;
  /** What it is: "Float64Array [1, 2, … 1000 in all]", "function simulate". */
  readonly value: string;
  /** Bytes of typed arrays, strings and numbers that came along with it and with no variable before. */
  readonly bytes: number;
}

export interface Capture {
  readonly graph: CapturedGraph;
  readonly code: CapturedCode;
  readonly variables: readonly CapturedVariable[];
  /** What may be other on a worker than here; whole sentences. */
  readonly warnings: readonly string[];
}

/**
 * Captures functions with what they refer to at this moment, all in one graph: what they share stays shared.
 *
 * @throws InvalidInputError naming the variable's path, why it cannot be sent, file:line:column, and what to do instead.
 */
export function captureFunctions(functions: readonly ((...args: never[]) => unknown)[]): Capture {
  throw new InvalidInputError(`not written yet: ${functions.length}`);
}
