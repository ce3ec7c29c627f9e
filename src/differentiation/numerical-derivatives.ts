import type { Answer, Point, PointAnswer, Request, Solution } from "../algorithms/types.ts";
import { InvalidInputError } from "../errors.ts";
import { type Coordinate, difference, isRounding, needsBase, type Stencil, scaleFloors, stencils } from "./stencil.ts";

export interface NumericalDerivativeSettings {
  /** Start, length n: the scale of coordinates that come near zero is taken from it. */
  readonly x0: Float64Array;
  /** Bounds, length n, ±Infinity where there is none; no difference leaves them. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /**
   * Step of a forward difference, relative to |x|. Central differences take its power 2/3. For a criterion computed to
   * a relative accuracy e (a simulation, an adaptive solver) √e is best.
   * @default 2^-26, the square root of the accuracy of a double
   */
  readonly relativeStep?: number;
}

/** Keeps steps of parameters near the smallest double representable. */
const smallestStep = 2 ** -1000;

/** Base values kept for a derivative that is wanted in a later request. */
const rememberedPoints = 32;

/**
 * Answers an algorithm's wishes for derivatives by finite differences: yields requests that want only "fun", with all
 * differences of all points in one batch with the algorithm's own points, each x once. A point that wants "jac" alone
 * uses the value at x where it is known from an earlier request.
 *
 * Coordinates whose bounds are equal cost nothing and get zero columns. Where a difference point fails or is not
 * finite, one following request tries the other side. Where that does not help either, and where the value at x itself
 * failed or is not finite, there is no derivative: `jac` is null and, with a finite value at x, `failed` is true.
 *
 * A coordinate that shows no effect because it starts near zero gets longer steps, from then on, by one more
 * request. Steps are relative to max(|x|, |x0| / 100), ε^(1/2) forward and ε^(1/3) central (Dennis and Schnabel 1983,
 * Numerical Methods for Unconstrained Optimization, section 5.6).
 */
export function* withNumericalDerivatives(
  generator: Generator<Request, Solution, Answer>,
  settings: NumericalDerivativeSettings,
): Generator<Request, Solution, Answer> {
  const { relativeStep = 2 ** -26 } = settings;
  if (!(relativeStep > 0 && relativeStep < 1))
    throw new InvalidInputError(
      `numdiff: option relativeStep must be a number above 0 and below 1, received ${relativeStep}`,
    );
  const { narrow, wide } = scaleFloors(settings.x0, settings.lower, settings.upper);
  const floors = narrow.slice();
  const steps = { forward: relativeStep, central: relativeStep ** (2 / 3) };
  const coordinatesOf = (point: Point): Coordinate[] =>
    Array.from(point.x, (value, j) => ({
      value,
      lower: settings.lower[j],
      upper: settings.upper[j],
      step: Math.max(steps[point.difference ?? "forward"] * Math.max(Math.abs(value), floors[j]), smallestStep),
    }));

  const remembered = new Map<string, PointAnswer>();
  let turn = generator.next();
  while (!turn.done) {
    const { points } = turn.value;
    const known = new Map(remembered);
    const differenced = (point: Point) =>
      point.want === "fun" ? null : new DifferencedPoint(point.x, coordinatesOf(point), point.difference ?? "forward");
    let derivatives = points.map(differenced);
    const wanted = uniqueByBits(points.filter((point) => point.want !== "jac").map((point) => point.x));
    for (const key of wanted.keys()) known.delete(key);
    for (;;) {
      const missing = new Map(wanted);
      for (const derivative of derivatives) derivative?.addNeeded(missing, known);
      for (const key of missing.keys()) if (known.has(key)) missing.delete(key);
      if (missing.size === 0) {
        const blind = derivatives.flatMap((derivative) => derivative?.blindCoordinates(known) ?? []);
        const widened = blind.filter((j) => floors[j] < wide[j]);
        if (widened.length === 0) break;
        for (const j of widened) floors[j] = wide[j];
        derivatives = points.map(differenced);
        continue;
      }
      const answers = yield { points: Array.from(missing.values(), (x) => ({ x, want: "fun" }) as const) };
      Array.from(missing.keys()).forEach((key, i) => {
        known.set(key, answers[i]);
      });
    }
    turn = generator.next(points.map((point, i) => assemble(point, known.get(bits(point.x)), derivatives[i], known)));
    for (const { x } of points) remember(remembered, bits(x), known);
  }
  return turn.value;
}

function assemble(
  point: Point,
  base: PointAnswer | undefined,
  derivative: DifferencedPoint | null,
  known: ReadonlyMap<string, PointAnswer>,
): PointAnswer {
  const jac = derivative?.assemble(known) ?? null;
  const withoutFun = { fun: Number.NaN, residuals: null, failed: base?.failed ?? false };
  const value = point.want === "jac" || base === undefined ? withoutFun : base;
  const unavailable = derivative !== null && jac === null && (base === undefined || isUsable(base));
  return { fun: value.fun, residuals: value.residuals, jac, failed: value.failed || unavailable };
}

/** A point whose derivative is assembled from differences. */
class DifferencedPoint {
  readonly #x: Float64Array;
  readonly #key: string;
  readonly #coordinates: readonly Coordinate[];
  readonly #candidates: readonly Stencil[][];

  constructor(x: Float64Array, coordinates: readonly Coordinate[], kind: "forward" | "central") {
    this.#x = x;
    this.#key = bits(x);
    this.#coordinates = coordinates;
    this.#candidates = coordinates.map((coordinate) => stencils(coordinate, kind));
  }

  /** Adds the points that the best stencils not known to fail need. */
  addNeeded(needed: Map<string, Float64Array>, known: ReadonlyMap<string, PointAnswer>): void {
    const chosen = this.#chooseStencils(known);
    if (chosen === null) return;
    // A base value is always asked for at least once: it gives the number of residuals where no coordinate can move.
    const moving = chosen.flatMap((stencil, j) => (stencil === null ? [] : [{ stencil, j }]));
    if (moving.length === 0 || moving.some(({ stencil, j }) => needsBase(stencil, this.#x[j])))
      needed.set(this.#key, this.#x);
    for (const { stencil, j } of moving)
      for (const value of stencil) {
        const x = this.#moved(j, value);
        needed.set(bits(x), x);
      }
  }

  /** Row-major m × n Jacobian (m = 1 for a scalar); null when a needed value failed or is not finite. */
  assemble(known: ReadonlyMap<string, PointAnswer>): Float64Array | null {
    const chosen = this.#chooseStencils(known);
    const base = known.get(this.#key);
    if (chosen === null || (base !== undefined && !isUsable(base))) return null;
    const columns = chosen.map((stencil, j) => (stencil === null ? null : this.#column(j, stencil, base, known)));
    const m = columns.find((column) => column !== null)?.length ?? (base === undefined ? 0 : valuesOf(base).length);
    const n = columns.length;
    const jac = new Float64Array(m * n);
    columns.forEach((column, j) => {
      if (column !== null && column.length !== m) throw changedLength(m, column.length);
      column?.forEach((value, i) => {
        jac[i * n + j] = value;
      });
    });
    return jac.every(Number.isFinite) ? jac : null;
  }

  /** Coordinates whose difference is rounding only. */
  blindCoordinates(known: ReadonlyMap<string, PointAnswer>): number[] {
    const chosen = this.#chooseStencils(known);
    if (chosen === null) return [];
    return chosen.flatMap((stencil, j) => {
      if (stencil === null) return [];
      const [first, ...others] = stencil.map((value) => known.get(bits(this.#moved(j, value))));
      const other = others[0] ?? known.get(this.#key);
      return first !== undefined && other !== undefined && isRounding(valuesOf(first), valuesOf(other)) ? [j] : [];
    });
  }

  #column(
    j: number,
    stencil: Stencil,
    base: PointAnswer | undefined,
    known: ReadonlyMap<string, PointAnswer>,
  ): Float64Array {
    const moved = stencil.map((value) => valuesOf(known.get(bits(this.#moved(j, value))) as PointAnswer));
    const origin = base === undefined ? moved[0] : valuesOf(base);
    for (const values of moved) if (values.length !== origin.length) throw changedLength(origin.length, values.length);
    return origin.map((value, i) =>
      difference(
        stencil,
        this.#x[j],
        value,
        moved.map((values) => values[i]),
      ),
    );
  }

  /** Per coordinate its best stencil without a known failure, null where it cannot move; null when one has none left. */
  #chooseStencils(known: ReadonlyMap<string, PointAnswer>): (Stencil | null)[] | null {
    const base = known.get(this.#key);
    if (base !== undefined && !isUsable(base)) return null;
    const chosen: (Stencil | null)[] = [];
    for (const [j, { lower, upper }] of this.#coordinates.entries()) {
      const stencil = this.#candidates[j].find((candidate) =>
        candidate.every((value) => {
          const answer = known.get(bits(this.#moved(j, value)));
          return answer === undefined || isUsable(answer);
        }),
      );
      if (stencil === undefined && lower !== upper) return null;
      chosen.push(stencil ?? null);
    }
    return chosen;
  }

  #moved(j: number, value: number): Float64Array {
    const x = this.#x.slice();
    x[j] = value;
    return x;
  }
}

function valuesOf(answer: PointAnswer): Float64Array {
  return answer.residuals ?? Float64Array.of(answer.fun);
}

function isUsable(answer: PointAnswer): boolean {
  return !answer.failed && valuesOf(answer).every(Number.isFinite);
}

function changedLength(expected: number, received: number): InvalidInputError {
  return new InvalidInputError(
    `numdiff: the criterion must return the same number of residuals everywhere, expected ${expected}, received ${received}`,
  );
}

function bits(x: Float64Array): string {
  return new BigUint64Array(x.buffer, x.byteOffset, x.length).join();
}

function uniqueByBits(xs: readonly Float64Array[]): Map<string, Float64Array> {
  return new Map(xs.map((x) => [bits(x), x]));
}

function remember(remembered: Map<string, PointAnswer>, key: string, known: ReadonlyMap<string, PointAnswer>): void {
  const answer = known.get(key);
  if (answer === undefined) return;
  remembered.delete(key);
  remembered.set(key, answer);
  const [oldest] = remembered.keys();
  if (remembered.size > rememberedPoints) remembered.delete(oldest);
}
