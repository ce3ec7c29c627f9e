import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";
import { type EpidemicMoments, meanMoments, momentsOf } from "./moments.ts";

/** Rates of the model, both per day. */
export interface SirParams {
  /** Transmission rate: contacts that infect, per infected pupil and day, while all others are susceptible. */
  readonly beta: number;
  /** Recovery rate: one over the mean number of days in bed. */
  readonly gamma: number;
}

/** A closed population at time 0. */
export interface Population {
  readonly size: number;
  readonly infected: number;
}

/** One simulated epidemic. */
export interface Epidemic {
  /** Infected at each of the days asked for. */
  readonly inBed: Float64Array;
  /** Infected by the last of the days, those of time 0 included. */
  readonly everInfected: number;
}

/** How many epidemics stand behind a point, and which. */
export interface SimulationOptions {
  /** Simulated epidemics per point. @default 2000 */
  readonly nEpidemics?: number;
  /** The same seed gives the same random numbers at every point (32-bit integer). @default 1978 */
  readonly seed?: number;
}

/** The school of 1978: 763 pupils, one of them infected on day 0. */
export const school: Population = { size: 763, infected: 1 };

/** Epidemics that reach fewer pupils died out by chance: they are no outbreak. */
const outbreakSize = 50;

/**
 * Standard deviations of the moments between outbreaks, over 20,000 outbreaks at β = 1.6692 and γ = 0.4435 per day, the
 * estimates of the deterministic model. They are constants because weights that moved with the rates could make the
 * distance small by making outbreaks more unlike each other.
 */
export const momentScale: EpidemicMoments = { peak: 19.6, total: 77.6, centre: 0.939, spread: 0.133 };

/**
 * Simulated method of moments (McFadden 1989) for the stochastic SIR model: the distance between the observed epidemic and
 * the mean of simulated outbreaks in four moments (largest number in bed, total of pupil-days, centre and spread over the
 * days), each in units of its standard deviation between outbreaks, squared and added up. Unlike the mean curve, these do
 * not flatten when outbreaks start at different days by chance.
 *
 * Simulated outbreaks are those with at least 50 infected, since only an outbreak is ever observed. Where none is, the
 * means are over all epidemics: far from the data, and nearer with faster transmission.
 *
 * Every epidemic has its own stream of random numbers, the same at every point (common random numbers): the criterion is
 * a deterministic function of the rates, but a step function, since counts are whole numbers. With 2000 epidemics a point
 * takes about a tenth of a second of one core; for the school's data it is smallest near β = 1.95 and γ = 0.49 per day.
 *
 * @param inBed pupils in bed on days 1, 2, …
 * @throws RangeError when a rate is negative or not finite, or nEpidemics is not a positive whole number
 */
export function criterion(params: SirParams, inBed: ArrayLike<number>, options: SimulationOptions = {}): number {
  const days = Array.from(inBed, (_, k) => k + 1);
  const epidemics = simulateEpidemics(params, days, options);
  const outbreaks = epidemics.filter(isOutbreak);
  const simulated = meanMoments(
    (outbreaks.length > 0 ? outbreaks : epidemics).map((epidemic) => momentsOf(epidemic.inBed)),
  );
  const observed = momentsOf(inBed);
  let distance = 0;
  for (const name of Object.keys(observed) as (keyof EpidemicMoments)[])
    distance += ((simulated[name] - observed[name]) / momentScale[name]) ** 2;
  return distance;
}

/** Mean number in bed on each day over the simulated outbreaks (over all epidemics where none is one). */
export function meanOutbreak(
  params: SirParams,
  days: readonly number[],
  options: SimulationOptions = {},
): Float64Array {
  const epidemics = simulateEpidemics(params, days, options);
  const outbreaks = epidemics.filter(isOutbreak);
  const averaged = outbreaks.length > 0 ? outbreaks : epidemics;
  return Float64Array.from(days, (_, k) => averaged.reduce((sum, { inBed }) => sum + inBed[k], 0) / averaged.length);
}

/** Whether an epidemic took hold: with few infected it died out by chance. */
export function isOutbreak({ everInfected }: Epidemic): boolean {
  return everInfected >= outbreakSize;
}

/**
 * Simulates `nEpidemics` epidemics at the school, each with its own stream of random numbers: streams are 2⁶⁴ numbers
 * apart in the generator's sequence, so they never overlap.
 */
export function simulateEpidemics(
  params: SirParams,
  days: readonly number[],
  options: SimulationOptions = {},
): Epidemic[] {
  const { nEpidemics = 2000, seed = 1978 } = options;
  if (!(Number.isInteger(nEpidemics) && nEpidemics > 0))
    throw new RangeError(`nEpidemics must be a positive whole number, received ${nEpidemics}.`);
  const stream = xoroshiro128plus(seed);
  return Array.from({ length: nEpidemics }, () => {
    stream.jump();
    return simulateEpidemic(params, days, stream.clone());
  });
}

/**
 * One path of the Markov SIR model by Gillespie's direct method (1977): the time to the next event is exponential with the
 * total rate β S I / N + γ I, and the event is an infection with probability proportional to its part.
 *
 * @param days times at which to count, ascending
 * @param random consumed by two numbers an event
 */
export function simulateEpidemic(
  { beta, gamma }: SirParams,
  days: readonly number[],
  random: RandomGenerator,
  population: Population = school,
): Epidemic {
  checkRate("beta", beta);
  checkRate("gamma", gamma);
  const inBed = new Float64Array(days.length);
  let susceptible = population.size - population.infected;
  let infected = population.infected;
  let time = 0;
  let next = 0;
  while (next < days.length) {
    const infectionRate = (beta * susceptible * infected) / population.size;
    const totalRate = infectionRate + gamma * infected;
    // Nothing more can happen at rate 0: the time to the next event is infinite.
    time += totalRate > 0 ? -Math.log1p(-uniformFloat64(random)) / totalRate : Number.POSITIVE_INFINITY;
    while (next < days.length && days[next] < time) inBed[next++] = infected;
    if (next === days.length) break;
    if (uniformFloat64(random) * totalRate < infectionRate) {
      susceptible--;
      infected++;
    } else infected--;
  }
  return { inBed, everInfected: population.size - susceptible };
}

function checkRate(name: string, rate: number): void {
  if (!(rate >= 0 && rate < Number.POSITIVE_INFINITY))
    throw new RangeError(`${name} must be a finite rate per day, not negative, received ${rate}.`);
}
