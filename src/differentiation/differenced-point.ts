import type { PointAnswer } from "../algorithms/types.ts";
import { InvalidInputError } from "../errors.ts";
import { extrapolate } from "./richardson.ts";
import {
  type Coordinate,
  type DifferenceMethod,
  difference,
  errorExponent,
  type Ladder,
  ladders,
  largestChange,
  needsBase,
} from "./stencil.ts";
import { type Blind, doubleAccuracy } from "./steps.ts";

/** How a point is differenced. */
export interface DifferenceSetting {
  readonly method: DifferenceMethod;
  /** @default 0 */
  readonly richardson?: number | undefined;
  /** Relative accuracy of the function's values. @default 2^-52 */
  readonly accuracy?: number | undefined;
  /** Differences below this, relative to the value, show no effect. @default 16 times the accuracy */
  readonly blindness?: number | undefined;
}

/** The derivative of each of m values with respect to one coordinate. */
export interface Column {
  readonly values: Float64Array;
  /** Estimates of the absolute errors, with those of rounding; NaN without extrapolation. */
  readonly errors: Float64Array;
}

/** Answers by what tells their points: the bits of x, in second derivatives what is moved from there. */
export type Known = ReadonlyMap<string, PointAnswer>;

/** A point whose derivative is assembled from differences. */
export class DifferencedPoint {
  readonly #x: Float64Array;
  readonly #key: string;
  readonly #coordinates: readonly Coordinate[];
  readonly #candidates: readonly Ladder[][];
  readonly #keys: readonly Map<number, string>[];
  readonly #accuracy: number;
  readonly #blindness: number;

  constructor(x: Float64Array, coordinates: readonly Coordinate[], setting: DifferenceSetting) {
    const { method, richardson, accuracy = doubleAccuracy, blindness = 16 * accuracy } = setting;
    this.#x = x;
    this.#key = bits(x);
    this.#coordinates = coordinates;
    this.#candidates = coordinates.map((coordinate) => ladders(coordinate, method, richardson));
    this.#keys = coordinates.map(() => new Map());
    this.#accuracy = accuracy;
    this.#blindness = blindness;
  }

  /** Adds the points that the best ladders not known to fail need; none once the value at x is known to have failed. */
  addNeeded(needed: Map<string, Float64Array>, known: Known): void {
    const base = known.get(this.#key);
    if (base !== undefined && !isUsable(base)) return;
    // A base value is always asked for at least once: it gives the number of residuals where no coordinate can move.
    const moving = this.#chooseLadders(known).flatMap((ladder, j) => (ladder ? [{ ladder, j }] : []));
    if (moving.length === 0 || moving.some(({ ladder, j }) => ladder.some((one) => needsBase(one, this.#x[j]))))
      needed.set(this.#key, this.#x);
    for (const { ladder, j } of moving)
      for (const value of ladder.flat()) {
        needed.set(this.#keyAt(j, value), this.#moved(j, value));
      }
  }

  /** Whether there is no derivative any more: the value at x failed, or all ladders of a coordinate did. */
  isLost(known: Known): boolean {
    const base = known.get(this.#key);
    if (base !== undefined && !isUsable(base)) return true;
    return this.#chooseLadders(known).includes(undefined);
  }

  /** Row-major m × n Jacobian (m = 1 for a scalar); null when a needed value failed or is not finite. */
  assemble(known: Known): Float64Array | null {
    if (this.isLost(known)) return null;
    const columns = this.columns(known);
    const base = known.get(this.#key);
    const m = columns.find((column) => column !== null)?.values.length ?? (base ? valuesOf(base).length : 0);
    const n = columns.length;
    const jac = new Float64Array(m * n);
    columns.forEach((column, j) => {
      if (column !== null && column.values.length !== m) throw changedLength(m, column.values.length);
      column?.values.forEach((value, i) => {
        jac[i * n + j] = value;
      });
    });
    return jac.every(Number.isFinite) ? jac : null;
  }

  /** A column for each coordinate; null where it cannot move or all its ladders failed. All points needed must be known. */
  columns(known: Known): (Column | null)[] {
    return this.#chooseLadders(known).map((ladder, j) => (ladder ? this.#column(j, ladder, known) : null));
  }

  /** Coordinates whose differences are hardly more than rounding. */
  blindCoordinates(known: Known): Blind[] {
    const base = known.get(this.#key);
    return this.#chooseLadders(known).flatMap((ladder, coordinate) => {
      if (!ladder) return [];
      const answers = ladder.flat().map((value) => known.get(this.#keyAt(coordinate, value)) as PointAnswer);
      const [first, ...others] = (base === undefined ? answers : [base, ...answers]).map(valuesOf);
      const effect = Math.max(...others.map((other) => largestChange(first, other, this.#blindness)));
      return effect <= this.#blindness ? [{ coordinate, effect }] : [];
    });
  }

  #column(j: number, ladder: Ladder, known: Known): Column {
    const at = this.#x[j];
    const base = known.get(this.#key);
    const moved = ladder.map((stencil) =>
      stencil.map((value) => valuesOf(known.get(this.#keyAt(j, value)) as PointAnswer)),
    );
    const origin = base === undefined ? moved[0][0] : valuesOf(base);
    for (const values of moved.flat())
      if (values.length !== origin.length) throw changedLength(origin.length, values.length);
    const shortest = Math.abs(ladder[0][0] - at);
    const exponent = (q: number) => errorExponent(ladder[0], at, q);
    const values = new Float64Array(origin.length);
    const errors = new Float64Array(origin.length);
    // There may be millions of values: lists are used again.
    const estimates = new Array<number>(ladder.length).fill(0);
    const entries = ladder.map((stencil) => new Array<number>(stencil.length).fill(0));
    for (let i = 0; i < origin.length; i++) {
      let largest = Math.abs(origin[i]);
      for (let k = 0; k < ladder.length; k++) {
        for (let side = 0; side < entries[k].length; side++) {
          entries[k][side] = moved[k][side][i];
          largest = Math.max(largest, Math.abs(entries[k][side]));
        }
        estimates[k] = difference(ladder[k], at, origin[i], entries[k]);
      }
      const best = extrapolate(estimates, exponent);
      values[i] = best.value;
      errors[i] = best.error + (this.#accuracy * largest) / shortest;
    }
    return { values, errors };
  }

  /** Per coordinate its best ladder without a known failure; null where it cannot move; undefined when it has none left. */
  #chooseLadders(known: Known): (Ladder | null | undefined)[] {
    return this.#coordinates.map(({ lower, upper }, j) => {
      if (lower === upper) return null;
      return this.#candidates[j].find((ladder) =>
        ladder.flat().every((value) => {
          const answer = known.get(this.#keyAt(j, value));
          return answer === undefined || isUsable(answer);
        }),
      );
    });
  }

  /** Kept, for a key takes as long as x is, and is asked for again and again. */
  #keyAt(j: number, value: number): string {
    let key = this.#keys[j].get(value);
    if (key === undefined) {
      key = bits(this.#moved(j, value));
      this.#keys[j].set(value, key);
    }
    return key;
  }

  #moved(j: number, value: number): Float64Array {
    const x = this.#x.slice();
    x[j] = value;
    return x;
  }
}

export function valuesOf(answer: PointAnswer): Float64Array {
  return answer.residuals ?? Float64Array.of(answer.fun);
}

/** Kept, for there may be millions of values, and it is asked again with each choice of points. */
const usable = new WeakMap<PointAnswer, boolean>();

export function isUsable(answer: PointAnswer): boolean {
  let known = usable.get(answer);
  if (known === undefined) {
    known = !answer.failed && valuesOf(answer).every(Number.isFinite);
    usable.set(answer, known);
  }
  return known;
}

/** A key by which equal x are the same, −0 and 0 apart. */
export function bits(x: Float64Array): string {
  return Buffer.from(x.buffer, x.byteOffset, x.byteLength).toString("latin1");
}

function changedLength(expected: number, received: number): InvalidInputError {
  return new InvalidInputError(
    `numdiff: the criterion must return the same number of residuals everywhere, expected ${expected}, received ${received}`,
  );
}
