/** Finite differences of second order in two coordinates, as weighted sums of values. */
import { type Coordinate, exactStep } from "./stencil.ts";

/**
 * Equations 7 ("forward"; "backward" is its mirror image), 8 ("central-average") and 9 ("central-cross") of Rideout (2009), Matlab Hessian
 * finite-difference formulas, as in optimagic.
 */
export type SecondDifferenceMethod = "forward" | "backward" | "central-average" | "central-cross";

/** How a coordinate is moved. */
export interface Axis {
  /** "one": to the step's side alone. */
  readonly sides: "both" | "one";
  /** Signed, the shortest where there are several. */
  readonly step: number;
}

/** Of the first and second coordinate, how many steps they are moved; and the weight of the value there. Weights sum to zero. */
export type Term = readonly [first: number, second: number, weight: number];

/** Of one coordinate: how many steps, and the weight. */
type Weights = readonly (readonly [number, number])[];

const isCentral = (method: SecondDifferenceMethod): boolean =>
  method === "central-average" || method === "central-cross";

/** How far a difference with so many extrapolations goes, in shortest steps. */
function reach(method: SecondDifferenceMethod, sides: "both" | "one", extrapolations: number): number {
  return (isCentral(method) && sides === "one" ? 3 : 2) * 2 ** extrapolations;
}

/**
 * How a coordinate can be moved within its bounds, best first: a later one is for when a point of an earlier one has no value. Empty when the
 * bounds leave no room, also for `shortest`.
 */
export function axes(at: Coordinate, method: SecondDifferenceMethod, extrapolations: number): Axis[] {
  const { value, lower, upper, step, shortest = step } = at;
  const sides: readonly ("both" | "up" | "down")[] = isCentral(method)
    ? ["both", "up", "down"]
    : method === "forward"
      ? ["up", "down"]
      : ["down", "up"];
  const room = { up: upper - value, down: value - lower, both: Math.min(upper - value, value - lower) };
  const placed = sides.map((side) => {
    const kind: Axis["sides"] = side === "both" ? "both" : "one";
    // A little less, for rounding.
    const longest = (room[side] / reach(method, kind, extrapolations)) * (1 - 2 ** -20);
    const length = exactStep(value, Math.min(step, longest));
    return { sides: kind, step: side === "down" ? -length : length };
  });
  const isFull = ({ step: signed }: Axis) => Math.abs(signed) >= exactStep(value, step);
  const shortened = placed
    .filter((axis) => !isFull(axis) && Math.abs(axis.step) >= shortest)
    .sort((a, b) => Math.abs(b.step) - Math.abs(a.step));
  return [...placed.filter(isFull), ...shortened];
}

/** Σ weight · f(x + first · h_j e_j + second · h_k e_k) / (h_j h_k) is the derivative by the j-th and k-th coordinate, which may be the same. */
export function terms(method: SecondDifferenceMethod, j: Axis, k: Axis, isSame: boolean): Term[] {
  if (isSame) return secondWeights(method, j).map(([steps, weight]) => [steps, 0, weight]);
  if (method === "central-average" && j.sides === "both" && k.sides === "both")
    return [1, -1].flatMap((side): Term[] => [
      [side, side, 0.5],
      [side, 0, -0.5],
      [0, side, -0.5],
      [0, 0, 0.5],
    ]);
  return firstWeights(method, j).flatMap(([a, wa]) => firstWeights(method, k).map(([b, wb]): Term => [a, b, wa * wb]));
}

/**
 * The q-th exponent of the step in the error, from 1: even ones where all points come in pairs on both sides.
 */
export function secondErrorExponent(method: SecondDifferenceMethod, j: Axis, k: Axis, q: number): number {
  if (!isCentral(method)) return q;
  return j.sides === "both" && k.sides === "both" ? 2 * q : q + 1;
}

function firstWeights(method: SecondDifferenceMethod, { sides }: Axis): Weights {
  if (!isCentral(method))
    return [
      [1, 1],
      [0, -1],
    ];
  // To one side by three points, of the same order.
  return sides === "both"
    ? [
        [1, 1 / 2],
        [-1, -1 / 2],
      ]
    : [
        [0, -3 / 2],
        [1, 2],
        [2, -1 / 2],
      ];
}

function secondWeights(method: SecondDifferenceMethod, { sides }: Axis): Weights {
  if (!isCentral(method))
    return [
      [2, 1],
      [1, -2],
      [0, 1],
    ];
  if (sides === "one")
    return [
      [0, 2],
      [1, -5],
      [2, 4],
      [3, -1],
    ];
  if (method === "central-cross")
    return [
      [2, 1 / 4],
      [0, -1 / 2],
      [-2, 1 / 4],
    ];
  return [
    [2, 1 / 2],
    [1, -1],
    [0, 1],
    [-1, -1],
    [-2, 1 / 2],
  ];
}
