/** Rates of the model, both per day. */
export interface SirParams {
  /** Transmission rate: contacts that infect, per infected pupil and day, while all others are susceptible. */
  readonly beta: number;
  /** Recovery rate: one over the mean number of days in bed. */
  readonly gamma: number;
}

/** Pupils of the school, and how many of them are infected on day 0. */
export const population = 763;
export const indexCases = 1;

/** Steps per day of the integrator, more where the rates sum to over 4 per day. Near the fit its error is about 1e-10 pupils. */
const stepsPerDay = 512;
const stepsPerRate = 128;

/**
 * Susceptible–infected–recovered model of an epidemic in a closed population (Kermack and McKendrick 1927):
 * S' = −β S I / N, I' = β S I / N − γ I, with N = 763, S(0) = 762, I(0) = 1.
 *
 * @param days times at which I is wanted, in days after the first case, ascending, not negative
 * @returns I, the number of infected pupils, at each of the days
 * @throws RangeError when a rate is negative or not finite, or the days do not ascend from 0
 */
export function simulate({ beta, gamma }: SirParams, days: ArrayLike<number>): Float64Array {
  checkRate("beta", beta);
  checkRate("gamma", gamma);
  const infected = new Float64Array(days.length);
  const state = { s: population - indexCases, i: indexCases };
  let time = 0;
  for (let k = 0; k < days.length; k++) {
    if (!(days[k] >= time && days[k] < Number.POSITIVE_INFINITY))
      throw new RangeError(`simulate: days must ascend from 0, received ${days[k]} after ${time}.`);
    advance(state, days[k] - time, beta, gamma);
    time = days[k];
    infected[k] = state.i;
  }
  return infected;
}

/**
 * Model minus data on each day: what least squares makes small.
 *
 * @param days as for `simulate`; here 1 to 14
 * @param inBed pupils in bed on these days
 */
export function residuals(params: SirParams, days: ArrayLike<number>, inBed: ArrayLike<number>): Float64Array {
  if (days.length !== inBed.length)
    throw new RangeError(
      `residuals: days and inBed must be equally long, received ${days.length} and ${inBed.length}.`,
    );
  return simulate(params, days).map((infected, k) => infected - inBed[k]);
}

/**
 * The classical Runge–Kutta method with equal steps. An integrator that chose its steps by the error would make the result
 * jump with small changes of the rates; here their number only doubles where β + γ passes a power of two.
 */
function advance(state: { s: number; i: number }, duration: number, beta: number, gamma: number): void {
  const nSteps = Math.ceil(duration * Math.max(stepsPerDay, stepsPerRate * 2 ** Math.ceil(Math.log2(beta + gamma))));
  const h = duration / nSteps;
  const force = beta / population;
  let { s, i } = state;
  for (let step = 0; step < nSteps; step++) {
    const infect1 = force * s * i;
    const di1 = infect1 - gamma * i;
    const s2 = s - (h / 2) * infect1;
    const i2 = i + (h / 2) * di1;
    const infect2 = force * s2 * i2;
    const di2 = infect2 - gamma * i2;
    const s3 = s - (h / 2) * infect2;
    const i3 = i + (h / 2) * di2;
    const infect3 = force * s3 * i3;
    const di3 = infect3 - gamma * i3;
    const s4 = s - h * infect3;
    const i4 = i + h * di3;
    const infect4 = force * s4 * i4;
    s -= (h / 6) * (infect1 + 2 * infect2 + 2 * infect3 + infect4);
    i += (h / 6) * (di1 + 2 * di2 + 2 * di3 + infect4 - gamma * i4);
  }
  state.s = s;
  state.i = i;
}

function checkRate(name: string, rate: number): void {
  if (!(rate >= 0 && rate < Number.POSITIVE_INFINITY))
    throw new RangeError(`simulate: ${name} must be a finite rate per day, not negative, received ${rate}.`);
}
