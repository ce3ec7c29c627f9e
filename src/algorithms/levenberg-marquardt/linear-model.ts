import { type DenseMatrix, norm, thinSvd, times, transposeTimes } from "../../linalg.ts";

/** A step of the linear model, within the bounds. */
export interface Step {
  /** Length n. */
  readonly p: Float64Array;
  /** Scaled length ‖D p‖. */
  readonly length: number;
  /** Sum of squares that the model promises to take off, ≥ 0. */
  readonly reduction: number;
  /** Its damping λ. */
  readonly lambda: number;
}

interface FreeFactor {
  /** Singular values and vectors of A_F D_F⁻¹. */
  readonly values: Float64Array;
  readonly left: DenseMatrix;
  readonly right: DenseMatrix;
}

/** Singular values below this share of the largest are rounding. */
const rankTolerance = 2 ** -52;

/** A step that promises this share of what the undamped one does promises all of it, but for rounding. */
const allReduction = 1 - 1e-10;

/**
 * The model ‖b + A p‖² (residuals b, Jacobian A) at a point, in a box, with the scaling D of Moré (1978): solves
 * min ‖b + A p‖² + λ ‖D p‖² subject to lo ≤ p ≤ hi, for any damping λ ≥ 0, and for the λ that gives ‖D p‖ = Δ.
 *
 * The box is exact, not clipped afterwards: a primal active-set method (Stark and Parker 1995, "Bounded-variable least
 * squares", Computational Statistics 10:129–141, started from p = 0) over the singular value decompositions of the
 * free columns, of which each is computed once.
 */
export class LinearModel {
  readonly #a: DenseMatrix;
  readonly #b: Float64Array;
  readonly #lo: Float64Array;
  readonly #hi: Float64Array;
  readonly #d: Float64Array;
  readonly #factors: Map<string, FreeFactor>;
  /** Aᵀ b, length n: half the gradient of the sum of squares. */
  readonly gradient: Float64Array;

  /** `scaling` is D, length n; a coordinate with 0 there, or without room in its box, never moves. */
  constructor(
    a: DenseMatrix,
    b: Float64Array,
    lo: Float64Array,
    hi: Float64Array,
    scaling: Float64Array,
    factors: Map<string, FreeFactor> = new Map(),
  ) {
    this.#a = a;
    this.#b = b;
    this.#lo = lo;
    this.#hi = hi;
    this.#d = scaling;
    this.#factors = factors;
    this.gradient = transposeTimes(a, b);
  }

  /** The same model with other residuals; the decompositions are shared. */
  withResiduals(b: Float64Array): LinearModel {
    return new LinearModel(this.#a, b, this.#lo, this.#hi, this.#d, this.#factors);
  }

  get n(): number {
    return this.#d.length;
  }

  /** Coordinates that can move downhill from p = 0: not fixed, nor held at a bound by the gradient. */
  movable(): number[] {
    const movable: number[] = [];
    for (let j = 0; j < this.n; j++) if (!this.#isHeld(j, this.gradient[j])) movable.push(j);
    return movable;
  }

  /** Singular values of A D⁻¹ over the movable coordinates, descending. */
  singularValues(): Float64Array {
    const free = this.movable();
    return free.length === 0 ? new Float64Array(0) : this.#factor(free).values;
  }

  /**
   * How errors of the gradient move the undamped step: row norms of (D⁻¹AᵀAD⁻¹)⁻¹ over the movable coordinates, over D,
   * length n, 0 for the others. Singular values below `tolerance` times the largest are left out.
   */
  sensitivity(tolerance: number): Float64Array {
    const sensitivity = new Float64Array(this.n);
    const free = this.movable();
    if (free.length === 0) return sensitivity;
    const { values, right } = this.#factor(free);
    const k = values.length;
    free.forEach((j, row) => {
      const terms = values.map((value, s) =>
        value > tolerance * values[0] ? right.data[row * k + s] / value ** 2 : 0,
      );
      sensitivity[j] = norm(terms) / this.#d[j];
    });
    return sensitivity;
  }

  /** The step for damping λ. `tolerance`: singular values below this share of the largest count as zero when λ = 0. */
  damped(lambda: number, tolerance: number = rankTolerance): Step {
    return this.#step(this.#solve(lambda, tolerance).p, lambda);
  }

  /**
   * The step with ‖D p‖ = Δ to 10 % (Moré 1978, section 5), or the undamped one where that is not longer. Where the
   * model has many minima, the undamped one need not be the shortest: then a shorter step that promises as much.
   */
  within(radius: number, undamped: Step): Step {
    if (undamped.length <= radius * 1.1) return undamped;
    let low = 0;
    let high = norm(this.gradient.map((g, j) => (this.#d[j] > 0 ? g / this.#d[j] : 0))) / radius;
    let lambda = 0.001 * high;
    let inside = this.#step(new Float64Array(this.n), lambda);
    for (let iteration = 0; iteration < 60 && Number.isFinite(high); iteration++) {
      if (!(lambda > low && lambda < high)) lambda = Math.max(0.001 * high, Math.sqrt(low * high));
      const { p, free } = this.#solve(lambda, rankTolerance);
      const step = this.#step(p, lambda);
      const excess = step.length - radius;
      if (Math.abs(excess) <= 0.1 * radius) return step;
      if (excess > 0) low = lambda;
      else {
        high = lambda;
        inside = step;
        if (step.reduction >= allReduction * undamped.reduction) return step;
      }
      const slope = this.#lengthSlope(p, free, lambda, step.length);
      lambda -= slope < 0 ? (step.length / radius) * (excess / slope) : Number.NaN;
    }
    return inside;
  }

  /** ‖b‖² − ‖b + A p‖² without cancellation: −pᵀ(2 Aᵀb + AᵀA p). */
  #step(p: Float64Array, lambda: number): Step {
    const jp = times(this.#a, p);
    let reduction = 0;
    for (let j = 0; j < this.n; j++) reduction -= 2 * p[j] * this.gradient[j];
    for (const value of jp) reduction -= value * value;
    return { p, length: norm(p.map((value, j) => value * this.#d[j])), reduction: Math.max(0, reduction), lambda };
  }

  #solve(lambda: number, tolerance: number): { p: Float64Array; free: number[] } {
    const p = new Float64Array(this.n);
    let free = this.movable();
    // Each change of the free set lowers the model or frees a coordinate; the limit only guards against rounding.
    for (let change = 0; change < 10 * this.n + 10; change++) {
      const target = free.length > 0 ? this.#solveFree(free, p, lambda, tolerance) : p;
      const { share, blocking } = this.#shareInside(free, p, target);
      for (const j of free) p[j] += share * (target[j] - p[j]);
      if (blocking.size > 0) {
        for (const [j, bound] of blocking) p[j] = bound;
        free = free.filter((j) => !blocking.has(j));
        continue;
      }
      const released = this.#mostViolated(p, lambda, free);
      if (released < 0) break;
      free = [...free, released].sort((a, b) => a - b);
    }
    return { p, free };
  }

  /** Share of the way to the target that stays in the box, and the coordinates that stop it with their bounds. */
  #shareInside(
    free: readonly number[],
    p: Float64Array,
    target: Float64Array,
  ): { share: number; blocking: Map<number, number> } {
    let share = 1;
    let blocking = new Map<number, number>();
    for (const j of free) {
      const bound = target[j] < this.#lo[j] ? this.#lo[j] : target[j] > this.#hi[j] ? this.#hi[j] : null;
      if (bound === null) continue;
      const limit = Math.max(0, (bound - p[j]) / (target[j] - p[j]));
      if (limit < share) blocking = new Map();
      if (limit <= share) blocking.set(j, bound);
      share = Math.min(share, limit);
    }
    return { share, blocking };
  }

  /** The coordinate at a bound that would lower the model most when released; −1 when none would. */
  #mostViolated(p: Float64Array, lambda: number, free: readonly number[]): number {
    const residual = times(this.#a, p).map((value, i) => value + this.#b[i]);
    const gradient = transposeTimes(this.#a, residual);
    const size = norm(residual);
    let worst = -1;
    let largest = 1e-12;
    for (let j = 0; j < this.n; j++) {
      const d = this.#d[j];
      const slope = gradient[j] + lambda * d * d * p[j];
      if (free.includes(j) || this.#isHeld(j, slope, p[j])) continue;
      const violation = Math.abs(slope) / (d * size || 1);
      if (violation > largest) {
        largest = violation;
        worst = j;
      }
    }
    return worst;
  }

  #isHeld(j: number, slope: number, p = 0): boolean {
    if (this.#d[j] === 0 || this.#lo[j] === this.#hi[j]) return true;
    return (p <= this.#lo[j] && slope >= 0) || (p >= this.#hi[j] && slope <= 0);
  }

  #solveFree(free: readonly number[], p: Float64Array, lambda: number, tolerance: number): Float64Array {
    const { values, left, right } = this.#factor(free);
    const held = p.slice();
    for (const j of free) held[j] = 0;
    const rhs = times(this.#a, held).map((value, i) => value + this.#b[i]);
    const target = p.slice();
    const k = values.length;
    const weights = new Float64Array(k);
    for (let s = 0; s < k; s++) {
      let projection = 0;
      for (let i = 0; i < rhs.length; i++) projection += left.data[i * k + s] * rhs[i];
      const isZero = lambda === 0 && values[s] <= tolerance * values[0] * Math.max(left.rows, free.length);
      weights[s] = isZero ? 0 : (-projection * values[s]) / (values[s] ** 2 + lambda);
    }
    free.forEach((j, row) => {
      let sum = 0;
      for (let s = 0; s < k; s++) sum += right.data[row * k + s] * weights[s];
      target[j] = sum / this.#d[j];
    });
    return target;
  }

  /** d‖D p(λ)‖ / dλ with the active bounds held. */
  #lengthSlope(p: Float64Array, free: readonly number[], lambda: number, length: number): number {
    if (free.length === 0 || length === 0) return 0;
    const { values, right } = this.#factor(free);
    const k = values.length;
    let sum = 0;
    let squares = 0;
    for (let s = 0; s < k; s++) {
      let projection = 0;
      free.forEach((j, row) => {
        projection += right.data[row * k + s] * this.#d[j] * p[j];
      });
      sum += projection ** 2 / (values[s] ** 2 + lambda);
      squares += projection ** 2;
    }
    return squares === 0 ? 0 : -sum / length;
  }

  #factor(free: readonly number[]): FreeFactor {
    const key = free.join();
    const known = this.#factors.get(key);
    if (known !== undefined) return known;
    const { rows, columns } = this.#a;
    const data = new Float64Array(rows * free.length);
    for (let i = 0; i < rows; i++)
      free.forEach((j, c) => {
        data[i * free.length + c] = this.#a.data[i * columns + j] / this.#d[j];
      });
    const factor = thinSvd({ rows, columns: free.length, data });
    this.#factors.set(key, factor);
    return factor;
  }
}
