import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { describe, expect, test } from "vitest";
import { simulate } from "../../examples/influenza/model.ts";
import { readInfluenzaData } from "../../examples/influenza/read-data.ts";
import {
  criterion,
  isOutbreak,
  meanOutbreak,
  momentScale,
  school,
  simulateEpidemic,
  simulateEpidemics,
} from "../../examples/influenza-stochastic/model.ts";
import { type EpidemicMoments, meanMoments, momentsOf } from "../../examples/influenza-stochastic/moments.ts";

const { days, inBed } = readInfluenzaData();
const params = { beta: 1.6692, gamma: 0.4435 };
/** Late enough that the last pupil has recovered. */
const atTheEnd = [1000];

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/**
 * Distribution of the number ever infected, exactly: the probability of every number of infected pupils with each number of
 * susceptible ones, along the chain of events (Bailey 1975, chapter 6).
 */
function finalSizeDistribution({ beta, gamma }: typeof params): Float64Array {
  const { size, infected } = school;
  const everInfected = new Float64Array(size + 1);
  // Mass at (susceptible, infected); an event leads from s to s − 1 or from i to i − 1.
  let mass = new Float64Array(size + 2);
  mass[infected] = 1;
  for (let s = size - infected; s >= 0; s--) {
    const next = new Float64Array(size + 2);
    for (let i = size - s; i >= 1; i--) {
      const infection = (beta * s) / size / ((beta * s) / size + gamma);
      next[i + 1] += mass[i] * infection;
      mass[i - 1] += mass[i] * (1 - infection);
    }
    everInfected[size - s] = mass[0];
    mass = next;
  }
  return everInfected;
}

describe("one epidemic", () => {
  test("counts are whole numbers of pupils that are, or were, infected", () => {
    for (const epidemic of simulateEpidemics(params, days, { nEpidemics: 200 })) {
      expect(epidemic.everInfected).toBeLessThanOrEqual(school.size);
      for (const count of epidemic.inBed) {
        expect(Number.isInteger(count)).toBe(true);
        expect(count).toBeGreaterThanOrEqual(0);
        expect(count).toBeLessThanOrEqual(epidemic.everInfected);
      }
    }
  });

  test("without recovery all are infected and stay so; without transmission only the first is", () => {
    const random = xoroshiro128plus(1);
    expect(simulateEpidemic({ beta: 1.7, gamma: 0 }, atTheEnd, random)).toEqual({
      inBed: Float64Array.of(763),
      everInfected: 763,
    });
    expect(simulateEpidemic({ beta: 0, gamma: 0.5 }, atTheEnd, random)).toEqual({
      inBed: Float64Array.of(0),
      everInfected: 1,
    });
    expect(simulateEpidemic({ beta: 0, gamma: 0 }, atTheEnd, random).inBed).toEqual(Float64Array.of(1));
  });

  test("without transmission the number in bed is binomial", () => {
    const [n, gamma] = [20_000, 0.3];
    const path = simulateEpidemic({ beta: 0, gamma }, days, xoroshiro128plus(2), { size: n, infected: n });
    days.forEach((day, k) => {
      const p = Math.exp(-gamma * day);
      expect(Math.abs(path.inBed[k] - n * p)).toBeLessThan(4 * Math.sqrt(n * p * (1 - p)));
    });
  });

  test("in a large school with as large a share infected it follows the differential equations", () => {
    // Kurtz (1970): the path over the population tends to the solution; here both are per 763 pupils.
    const scale = 1000;
    const population = { size: school.size * scale, infected: school.infected * scale };
    const random = xoroshiro128plus(3);
    const paths = Array.from({ length: 6 }, () => simulateEpidemic(params, days, random, population).inBed);
    const solution = simulate(params, days);
    days.forEach((_, k) => {
      const infected = mean(paths.map((path) => path[k])) / scale;
      expect(Math.abs(infected / solution[k] - 1)).toBeLessThan(0.06);
    });
  });

  test.each([
    [{ beta: -1, gamma: 1 }, /beta must be a finite rate/],
    [{ beta: 1, gamma: Number.NaN }, /gamma must be a finite rate/],
  ])("refuses %o", (bad, message) => {
    expect(() => simulateEpidemic(bad, days, xoroshiro128plus(1))).toThrow(message);
  });
});

describe("many epidemics", () => {
  const n = 3000;
  const epidemics = simulateEpidemics(params, atTheEnd, { nEpidemics: n });
  const exact = finalSizeDistribution(params);

  test("the exact distribution adds up", () => {
    expect(exact.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 10);
  });

  test("as many become outbreaks as the exact distribution of the final size says", () => {
    const p = exact.reduce((sum, probability, size) => sum + (size >= 50 ? probability : 0), 0);
    const share = epidemics.filter(isOutbreak).length / n;
    expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / n));
    // The branching process of the first cases dies out with probability 1 / R0.
    expect(p).toBeCloseTo(1 - params.gamma / params.beta, 2);
  });

  test("outbreaks are as large as the exact distribution and the final size equation say", () => {
    const sizes = epidemics.filter(isOutbreak).map((epidemic) => epidemic.everInfected);
    const outbreaks = Array.from(exact, (p, size) => ({ p: size >= 50 ? p : 0, size }));
    const total = outbreaks.reduce((sum, { p }) => sum + p, 0);
    const expected = outbreaks.reduce((sum, { p, size }) => sum + p * size, 0) / total;
    expect(Math.abs(mean(sizes) - expected)).toBeLessThan((4 * standardDeviation(sizes)) / Math.sqrt(sizes.length));
    let share = 1;
    for (let k = 0; k < 100; k++) share = 1 - Math.exp((-params.beta / params.gamma) * share);
    expect(mean(sizes) / school.size).toBeCloseTo(share, 2);
  });

  test("each has its own random numbers: the same whatever else is simulated, unlike the others'", () => {
    const few = simulateEpidemics(params, days, { nEpidemics: 20 });
    expect(simulateEpidemics(params, days, { nEpidemics: 40 }).slice(0, 20)).toEqual(few);
    expect(new Set(few.filter(isOutbreak).map(({ inBed: counts }) => counts.join())).size).toBe(
      few.filter(isOutbreak).length,
    );
    expect(simulateEpidemics(params, days, { nEpidemics: 20, seed: 1 })).not.toEqual(few);
  });

  test.each([0, 1.5, Number.NaN])("refuses %d of them", (nEpidemics) => {
    expect(() => simulateEpidemics(params, days, { nEpidemics })).toThrow(/nEpidemics must be a positive whole number/);
  });
});

describe("moments", () => {
  test("of a small series", () => {
    // Days 2, 3, 4 with weights 1, 2, 1: mean 3, variance 1/2.
    expect(momentsOf([0, 1, 2, 1])).toEqual({ peak: 2, total: 4, centre: 3, spread: Math.sqrt(0.5) });
    expect(momentsOf([0, 0])).toEqual({ peak: 0, total: 0, centre: 0, spread: 0 });
    expect(momentsOf([0, 5]).spread).toBe(0);
  });

  test("their means", () => {
    expect(meanMoments([momentsOf([2, 0]), momentsOf([0, 4])])).toEqual({ peak: 3, total: 3, centre: 1.5, spread: 0 });
  });

  test("the scale is their standard deviation between outbreaks at the deterministic estimates", () => {
    const outbreaks = simulateEpidemics(params, days, { nEpidemics: 4000, seed: 5 }).filter(isOutbreak);
    const moments = outbreaks.map((outbreak) => momentsOf(outbreak.inBed));
    for (const name of Object.keys(momentScale) as (keyof EpidemicMoments)[]) {
      const deviation = standardDeviation(moments.map((m) => m[name]));
      expect(deviation / momentScale[name], name).toBeGreaterThan(0.92);
      expect(deviation / momentScale[name], name).toBeLessThan(1.08);
    }
  });
});

describe("the criterion", () => {
  const options = { nEpidemics: 300 };

  test("is a deterministic step function of the rates", () => {
    const value = criterion(params, inBed, options);
    expect(criterion({ ...params }, inBed, options)).toBe(value);
    expect(criterion({ ...params, beta: params.beta * (1 + 1e-13) }, inBed, options)).toBe(value);
    expect(criterion({ ...params, beta: params.beta * 1.01 }, inBed, options)).not.toBe(value);
  });

  test("is the squared distance of the moments in units of their scale", () => {
    const outbreaks = simulateEpidemics(params, days, options).filter(isOutbreak);
    const simulated = meanMoments(outbreaks.map((outbreak) => momentsOf(outbreak.inBed)));
    const observed = momentsOf(inBed);
    const distance =
      ((simulated.peak - observed.peak) / momentScale.peak) ** 2 +
      ((simulated.total - observed.total) / momentScale.total) ** 2 +
      ((simulated.centre - observed.centre) / momentScale.centre) ** 2 +
      ((simulated.spread - observed.spread) / momentScale.spread) ** 2;
    expect(criterion(params, inBed, options)).toBeCloseTo(distance, 10);
  });

  test("finds rates again: of data simulated with them it is smaller there than well away", () => {
    const truth = { beta: 1.9, gamma: 0.5 };
    const outbreaks = simulateEpidemics(truth, days, { nEpidemics: 400, seed: 9 }).filter(isOutbreak);
    const average = meanMoments(outbreaks.map((outbreak) => momentsOf(outbreak.inBed)));
    const distance = (counts: Float64Array): number => {
      const m = momentsOf(counts);
      return Math.hypot(
        ...(Object.keys(m) as (keyof EpidemicMoments)[]).map((k) => (m[k] - average[k]) / momentScale[k]),
      );
    };
    // One typical outbreak stands for the data: the nearest to the average.
    const data = outbreaks.map((o) => o.inBed).reduce((a, b) => (distance(a) <= distance(b) ? a : b));
    const atTruth = criterion(truth, data, options);
    for (const [b, g] of [
      [0.3, 0],
      [-0.3, 0],
      [0, 0.08],
      [0, -0.08],
    ])
      expect(criterion({ beta: truth.beta + b, gamma: truth.gamma + g }, data, options)).toBeGreaterThan(
        3 * atTruth + 0.5,
      );
  });

  test("is finite and leads towards outbreaks where there are none", () => {
    const slow = criterion({ beta: 0.1, gamma: 1 }, inBed, options);
    const faster = criterion({ beta: 0.6, gamma: 1 }, inBed, options);
    expect(Number.isFinite(slow)).toBe(true);
    expect(faster).toBeLessThan(slow);
    expect(criterion(params, inBed, options)).toBeLessThan(faster);
  });
});

test("the mean outbreak rises to a peak near day six or seven and falls", () => {
  const curve = meanOutbreak(params, days, { nEpidemics: 400 });
  const peak = curve.indexOf(Math.max(...curve));
  expect(days[peak]).toBeGreaterThanOrEqual(6);
  expect(days[peak]).toBeLessThanOrEqual(8);
  expect(curve[13]).toBeLessThan(curve[peak] / 4);
  expect(meanOutbreak({ beta: 0, gamma: 1 }, [0, 100], { nEpidemics: 50 })).toEqual(Float64Array.of(1, 0));
});
