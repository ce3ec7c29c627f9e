import type { Answer, Point, PointAnswer, Request, Solution } from "../algorithms/types.ts";
import { bits, DifferencedPoint, isUsable } from "./differenced-point.ts";
import { type Box, bestStep, doubleAccuracy, type StepSettings, Steps } from "./steps.ts";

/** The box of the problem, and how derivatives are approximated. */
export interface NumericalDerivativeSettings extends StepSettings, Box {}

/** Base values kept for a derivative that is wanted in a later request. */
const rememberedPoints = 32;

/** Derivatives kept for an algorithm that wants another approximation at the same x, where the user's method allows no other. */
const rememberedDerivatives = 4;

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
 * Numerical Methods for Unconstrained Optimization, section 5.6), longer with extrapolations.
 */
export function* withNumericalDerivatives(
  generator: Generator<Request, Solution, Answer>,
  settings: NumericalDerivativeSettings,
): Generator<Request, Solution, Answer> {
  const { accuracy = doubleAccuracy, richardson = 0 } = settings;
  const steps = new Steps(settings, settings);
  const settled = new Map<string, Float64Array>();
  const differenced = (point: Point): DifferencedPoint | null => {
    if (point.want === "fun" || settled.has(bits(point.x))) return null;
    const method = settings.method ?? point.difference ?? "forward";
    const relative = bestStep(method === "central" ? 2 : 1, richardson, accuracy);
    return new DifferencedPoint(point.x, steps.coordinates(point.x, relative), { method, richardson, accuracy });
  };

  const remembered = new Map<string, PointAnswer>();
  let turn = generator.next();
  while (!turn.done) {
    const { points } = turn.value;
    const known = new Map(remembered);
    let derivatives = points.map(differenced);
    const wanted = uniqueByBits(points.filter((point) => point.want !== "jac").map((point) => point.x));
    for (const key of wanted.keys()) known.delete(key);
    for (;;) {
      const missing = new Map(wanted);
      for (const derivative of derivatives)
        if (derivative !== null && !derivative.isLost(known)) derivative.addNeeded(missing, known);
      for (const key of missing.keys()) if (known.has(key)) missing.delete(key);
      if (missing.size === 0) {
        const found = derivatives.filter((derivative) => derivative !== null && !derivative.isLost(known));
        if (!steps.widen(found.flatMap((derivative) => derivative?.blindCoordinates(known) ?? []))) break;
        derivatives = points.map(differenced);
        continue;
      }
      const answers = yield { points: Array.from(missing.values(), (x) => ({ x, want: "fun" }) as const) };
      Array.from(missing.keys()).forEach((key, i) => {
        known.set(key, answers[i]);
      });
    }
    const answers = points.map((point, i) => {
      const jac = point.want === "fun" ? null : (settled.get(bits(point.x)) ?? derivatives[i]?.assemble(known) ?? null);
      return answerTo(point, known.get(bits(point.x)), jac);
    });
    points.forEach(({ x }, i) => {
      remember(remembered, bits(x), known.get(bits(x)), rememberedPoints);
      if (settings.method !== undefined) remember(settled, bits(x), answers[i].jac, rememberedDerivatives);
    });
    turn = generator.next(answers);
  }
  return turn.value;
}

function answerTo(point: Point, base: PointAnswer | undefined, jac: Float64Array | null): PointAnswer {
  const withoutFun = { fun: Number.NaN, residuals: null, failed: base?.failed ?? false };
  const value = point.want === "jac" || base === undefined ? withoutFun : base;
  const unavailable = point.want !== "fun" && jac === null && (base === undefined || isUsable(base));
  return { fun: value.fun, residuals: value.residuals, jac, failed: value.failed || unavailable };
}

function uniqueByBits(xs: readonly Float64Array[]): Map<string, Float64Array> {
  return new Map(xs.map((x) => [bits(x), x]));
}

/** Keeps the latest. */
function remember<T>(map: Map<string, T>, key: string, value: T | null | undefined, most: number): void {
  if (value === null || value === undefined) return;
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > most) map.delete(oldest);
}
