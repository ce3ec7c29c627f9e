import type { PointAnswer } from "../algorithms/types.ts";
import { InvalidInputError } from "../errors.ts";
import type { DenseMatrix } from "../linalg.ts";
import { bits, isUsable, type Known, valuesOf } from "./differenced-point.ts";
import { extrapolate } from "./richardson.ts";
import {
  type Axis,
  axes,
  type SecondDifferenceMethod,
  secondErrorExponent,
  type Term,
  terms,
} from "./second-stencil.ts";
import { type Coordinate, largestChange } from "./stencil.ts";
import type { Blind } from "./steps.ts";

interface SecondDifferenceSetting {
  /** The call in messages. */
  readonly where: string;
  readonly names: readonly string[];
  readonly method: SecondDifferenceMethod;
  readonly richardson: number;
  /** Relative accuracy of the function's values. */
  readonly accuracy: number;
  /** Differences below this, relative to the value, show no effect. */
  readonly blindness: number;
}

/** At most two coordinates, the higher first, with the values that they take. */
type Moves = readonly (readonly [coordinate: number, value: number])[];

/** A second derivative of each of m values, with respect to two coordinates. */
interface Entry {
  readonly values: Float64Array;
  /** Estimates of the absolute errors, with those of rounding; NaN without extrapolation. */
  readonly errors: Float64Array;
}

/** A point whose second derivatives are assembled from differences. */
export class SecondDifferencedPoint {
  readonly #x: Float64Array;
  readonly #key: string;
  readonly #candidates: readonly Axis[][];
  readonly #setting: SecondDifferenceSetting;

  /** @throws InvalidInputError where bounds leave no room for a coordinate's steps. */
  constructor(x: Float64Array, coordinates: readonly Coordinate[], setting: SecondDifferenceSetting) {
    const { where, names, method, richardson } = setting;
    this.#x = x;
    this.#key = bits(x);
    this.#setting = setting;
    this.#candidates = coordinates.map((at, j) => {
      const candidates = axes(at, method, richardson);
      if (candidates.length > 0) return candidates;
      throw new InvalidInputError(
        `${where}: the bounds of ${names[j]}, [${at.lower}, ${at.upper}], leave no room for steps of ${at.step} from ${at.value}. Widen them, or give a ` +
          `shorter absoluteStep${richardson > 0 ? " or less of richardson" : ""}.`,
      );
    });
  }

  /** Adds the points that the differences need. */
  addNeeded(needed: Map<string, Float64Array>, known: Known): void {
    const chosen = this.#chooseAxes(known);
    for (let j = 0; j < chosen.length; j++)
      for (let k = 0; k <= j; k++)
        for (const { moves } of this.#differences(chosen, j, k).flat()) {
          const key = this.#keyOf(moves);
          if (!known.has(key) && !needed.has(key)) needed.set(key, this.#moved(moves));
        }
  }

  /** Coordinates that, moved alone, change no value by much more than rounding; with the effect of their curvature. */
  blindCoordinates(known: Known): Blind[] {
    const base = known.get(this.#key);
    if (base === undefined) return [];
    const chosen = this.#chooseAxes(known);
    return chosen.flatMap((axis, coordinate) => {
      const answers = this.#alone(axis, coordinate).map((moves) => known.get(this.#keyOf(moves)));
      const isBlind = answers.every(
        (answer) =>
          answer !== undefined &&
          isUsable(answer) &&
          largestChange(valuesOf(base), valuesOf(answer), this.#setting.blindness) <= this.#setting.blindness,
      );
      return isBlind ? [{ coordinate, effect: this.#curvature(coordinate, chosen, known) }] : [];
    });
  }

  /** The symmetric Hessians of m values, with the errors of their entries; NaN where a point has no value. All points needed must be known. */
  assemble(known: Known, m: number): { hessians: DenseMatrix[]; errors: DenseMatrix[] } {
    const chosen = this.#chooseAxes(known);
    const n = chosen.length;
    const empty = () =>
      Array.from({ length: m }, () => ({ rows: n, columns: n, data: new Float64Array(n * n).fill(Number.NaN) }));
    const [hessians, errors] = [empty(), empty()];
    for (let j = 0; j < n; j++)
      for (let k = 0; k <= j; k++) {
        const entry = this.#entry(j, k, chosen, known);
        for (let i = 0; entry !== null && i < m; i++)
          for (const place of [j * n + k, k * n + j]) {
            hessians[i].data[place] = entry.values[i];
            errors[i].data[place] = entry.errors[i];
          }
      }
    return { hessians, errors };
  }

  /** @throws InvalidInputError where an entry could not be had. */
  rejectLost({ columns, data }: DenseMatrix, where: string): void {
    const lost = data.findIndex(Number.isNaN);
    if (lost < 0) return;
    const { names, where: call } = this.#setting;
    throw new InvalidInputError(
      `${call}: there is no second derivative with respect to ${names[Math.floor(lost / columns)]} and ${names[lost % columns]}: fun is not finite ` +
        `near ${where}. Shorten the step, set bounds, or take errorHandling: "continue" for NaN.`,
    );
  }

  /** The second derivative by the j-th and k-th coordinate; null where a point of it has no value. */
  #entry(j: number, k: number, chosen: readonly Axis[], known: Known): Entry | null {
    const { method, accuracy } = this.#setting;
    const base = known.get(this.#key);
    const levels = this.#differences(chosen, j, k).map((points) =>
      points.map(({ moves, weight }) => ({ answer: known.get(this.#keyOf(moves)), weight })),
    );
    if (base === undefined || !isUsable(base)) return null;
    if (!levels.flat().every(({ answer }) => answer !== undefined && isUsable(answer))) return null;
    const area = chosen[j].step * chosen[k].step;
    const total = levels[0].reduce((sum, { weight }) => sum + Math.abs(weight), 0);
    const origin = valuesOf(base);
    const errors = new Float64Array(origin.length);
    const values = origin.map((value, i) => {
      let largest = Math.abs(value);
      const estimates = levels.map((points, level) => {
        let sum = 0;
        for (const { answer, weight } of points) {
          const moved = valuesOf(answer as NonNullable<typeof answer>)[i];
          largest = Math.max(largest, Math.abs(moved));
          // The weights sum to zero: what is left are small numbers.
          sum += weight * (moved - value);
        }
        return sum / (area * 4 ** level);
      });
      const best = extrapolate(estimates, (q) => secondErrorExponent(method, chosen[j], chosen[k], q));
      errors[i] = best.error + (accuracy * largest * total) / Math.abs(area);
      return best.value;
    });
    return { values, errors };
  }

  /** The largest second difference of a value by a coordinate alone, relative to the value; of a sum of weights of 1. */
  #curvature(j: number, chosen: readonly Axis[], known: Known): number {
    const [points] = this.#differences(chosen, j, j);
    const total = points.reduce((sum, { weight }) => sum + Math.abs(weight), 0);
    const moved = points.map(({ moves }) => valuesOf(known.get(this.#keyOf(moves)) as PointAnswer));
    return valuesOf(known.get(this.#key) as PointAnswer).reduce((largest, value, i) => {
      const sum = points.reduce((part, { weight }, k) => part + weight * (moved[k][i] - value), 0);
      const size = Math.max(Math.abs(value), ...moved.map((values) => Math.abs(values[i])));
      return sum === 0 ? largest : Math.max(largest, Math.abs(sum) / (total * size));
    }, 0);
  }

  /** The points of the difference by the j-th and k-th coordinate with each step, the shortest first. */
  #differences(chosen: readonly Axis[], j: number, k: number): { moves: Moves; weight: number }[][] {
    const { method, richardson } = this.#setting;
    const weighted = terms(method, chosen[j], chosen[k], j === k);
    const to = (at: number, steps: number): Moves => (steps === 0 ? [] : [[at, this.#x[at] + steps * chosen[at].step]]);
    return Array.from({ length: richardson + 1 }, (_, level) =>
      weighted.map(([first, second, weight]: Term) => {
        const moves = to(j, first * 2 ** level);
        return { moves: j === k ? moves : [...moves, ...to(k, second * 2 ** level)], weight };
      }),
    );
  }

  /** Per coordinate the best way to move it of which no point on its axis is known to have no value; the best of all where there is none. */
  #chooseAxes(known: Known): Axis[] {
    return this.#candidates.map((candidates, j) => {
      const sound = candidates.find((axis) =>
        this.#alone(axis, j).every((moves) => {
          const answer = known.get(this.#keyOf(moves));
          return answer === undefined || isUsable(answer);
        }),
      );
      return sound ?? candidates[0];
    });
  }

  /** The points of a coordinate's own second derivative, but for x itself. */
  #alone(axis: Axis, j: number): Moves[] {
    const { method, richardson } = this.#setting;
    const offsets = terms(method, axis, axis, true).flatMap(([steps]) => (steps === 0 ? [] : [steps]));
    return Array.from({ length: richardson + 1 }, (_, level) => 2 ** level).flatMap((length) =>
      offsets.map((steps): Moves => [[j, this.#x[j] + steps * length * axis.step]]),
    );
  }

  /** By what moves, and not by all of x: there are of the order of n² points, and their keys are kept. */
  #keyOf(moves: Moves): string {
    return moves.length === 0 ? this.#key : moves.map(([j, value]) => `${j}:${value}`).join();
  }

  #moved(moves: Moves): Float64Array {
    const x = this.#x.slice();
    for (const [j, value] of moves) x[j] = value;
    return x;
  }
}
