import { isFiniteVector } from "../../linalg.ts";
import { bendStep, extrapolateStep } from "./acceleration.ts";
import type { Step } from "./linear-model.ts";
import type { View } from "./view.ts";

/**
 * Where a step comes from: the damped Gauss–Newton model, the same bent along the valley, the model with the secant
 * part of the Hessian, or the extrapolation of past Gauss–Newton steps.
 */
export type StepKind = "damped" | "bent" | "secant" | "extrapolated";

export interface Proposal {
  readonly kind: StepKind;
  readonly step: Step;
  /** Whether it is as far as the model would go by itself, without the trust region. */
  readonly full: boolean;
  /** x + p, within the bounds bit for bit. */
  readonly x: Float64Array;
}

export interface ProposalSettings {
  readonly radius: number;
  /** Steps of this length or longer were tried from here, and failed. */
  readonly ceiling: number;
  readonly trials: number;
  /** Kind that won the last iteration. */
  readonly lastKind: StepKind;
  /** Observed ratio of the last two distances from the solution; 1 when unknown. */
  readonly contraction: number;
  /** Whether the last step was a full one that did what its model promised. */
  readonly confident: boolean;
}

/** Gauss–Newton that gains less than a digit a step is helped by the accelerated kinds. */
const linearConvergence = 0.1;

/** Different steps to try in one batch, the most promising first; none where all vanish against x. */
export function proposeSteps(view: View, settings: ProposalSettings): Proposal[] {
  const { gaussNewton, fullStep, secant } = view;
  const { radius, trials, lastKind } = settings;
  const proposals: Proposal[] = [];
  const add = (kind: StepKind, step: Step | null, full: boolean) => {
    if (step === null || proposals.length >= trials) return;
    const x = moveTo(view, step.p);
    // A direction whose scaling nearly vanishes may overflow.
    if (!isFiniteVector(x) || isSame(x, view.at.x) || proposals.some((other) => isSame(other.x, x))) return;
    proposals.push({ kind, step, full, x });
  };
  const fullSecant = secant?.damped(0);
  const inside = fullStep.length <= radius * 1.1;
  const steps: Readonly<Record<StepKind, (length: number) => Step | null>> = {
    damped: (length) => gaussNewton.within(length, fullStep),
    bent: (length) => bend(view, gaussNewton.within(length, fullStep)),
    secant: (length) => (secant && fullSecant ? secant.within(length, fullSecant) : null),
    extrapolated: () =>
      inside ? extrapolateStep(view.at.x, fullStep, view.past, view.lo, view.hi, view.scaling) : null,
  };
  const offer = (kind: StepKind, length: number) => {
    const step = steps[kind](length);
    const reach = kind === "secant" ? (fullSecant?.length ?? 0) : fullStep.length;
    add(kind, step, step !== null && reach <= length * 1.1);
  };
  const shorter = (length: number, kind: StepKind = "damped") => {
    offer(kind, length);
    for (let part = length / 4, k = 0; proposals.length < trials && k < 10; part /= 4, k++) offer("damped", part);
  };

  if (inside && settings.contraction <= linearConvergence) {
    offer("damped", radius);
    if (settings.confident) return proposals;
    for (const kind of ["bent", "extrapolated", "secant"] as const)
      if (proposals.length < trials - 1) offer(kind, radius);
    shorter(fullStep.length / 4);
  } else if (inside) {
    const fast: readonly StepKind[] = lastKind === "secant" ? ["secant", "extrapolated"] : ["extrapolated", "secant"];
    for (const kind of [...fast, "damped", "bent"] as const)
      if (proposals.length < Math.max(1, trials - 1)) offer(kind, radius);
    shorter(fullStep.length / 4);
  } else {
    const first = lastKind === "extrapolated" ? "damped" : lastKind;
    offer(first, radius);
    if (proposals.length === 0) offer("damped", radius);
    if (radius * 4 < settings.ceiling) {
      const before = proposals.length;
      offer(first === "secant" ? "secant" : "bent", radius * 4);
      if (proposals.length === before) offer("damped", radius * 4);
    }
    for (const kind of ["bent", "secant", "damped"] as const) if (proposals.length < trials - 1) offer(kind, radius);
    shorter(radius / 4, first === "secant" ? "secant" : "damped");
  }
  return proposals;
}

function bend(view: View, step: Step): Step | null {
  return view.bend === null ? null : bendStep(view.gaussNewton, view.rows, view.bend, step, view.scaling);
}

/** x + p: exactly on a bound where the step ends there. */
function moveTo({ at, lo, hi, lower, upper }: View, p: Float64Array): Float64Array {
  return at.x.map((value, j) => {
    if (p[j] <= lo[j]) return lower[j];
    if (p[j] >= hi[j]) return upper[j];
    return Math.min(upper[j], Math.max(lower[j], value + p[j]));
  });
}

function isSame(x: Float64Array, y: Float64Array): boolean {
  return x.every((value, j) => value === y[j]);
}
