import { InvalidInputError, show } from "../../errors.ts";
import { rejectUnknownKeys } from "../../suggest.ts";

/** When a point that takes much longer than others of its batch gets a second invocation. The first answer counts. */
export interface HedgeOptions {
  /** Part of the batch that must have been answered before any point counts as slow, between 0 and 1. @default 0.9 */
  readonly afterQuantile?: number;
  /** A point is slow when it takes this many times as long as that part of the batch took at most; above 1. @default 2 */
  readonly factor?: number;
  /** Most second invocations a batch. @default a twentieth of the batch, at least 1 */
  readonly max?: number;
}

const KNOWN = ["afterQuantile", "factor", "max"];

/** Throws InvalidInputError that says what was expected and what came. `where` names the option. */
export function checkHedge(hedge: boolean | HedgeOptions | undefined, where: string): void {
  if (hedge === undefined || typeof hedge === "boolean") return;
  if (hedge === null || typeof hedge !== "object")
    throw new InvalidInputError(`${where} must be true, false or an object, received ${show(hedge)}.`);
  rejectUnknownKeys(hedge, KNOWN, where);
  const fail = (name: string, expected: string, received: unknown): never => {
    throw new InvalidInputError(`${where}.${name} must be ${expected}, received ${show(received)}.`);
  };
  const { afterQuantile = 0.9, factor = 2, max = 1 } = hedge;
  if (!(typeof afterQuantile === "number" && afterQuantile > 0 && afterQuantile < 1))
    fail("afterQuantile", "a number between 0 and 1", afterQuantile);
  if (!(typeof factor === "number" && factor > 1 && factor < Number.POSITIVE_INFINITY))
    fail("factor", "a number above 1", factor);
  if (!(Number.isInteger(max) && max > 0)) fail("max", "a positive integer", max);
}
