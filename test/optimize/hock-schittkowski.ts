/** Test problems of Hock and Schittkowski (1981), Test Examples for Nonlinear Programming Codes, Lecture Notes in Economics 187: their starts and solutions. */

export interface ConstrainedProblem {
  readonly name: string;
  readonly start: readonly number[];
  /** A scalar criterion, or residuals whose squares are summed. */
  readonly fun?: (x: number[]) => number;
  readonly residuals?: (x: number[]) => number[];
  readonly constraints: (x: number[]) => number[];
  readonly asked: { readonly value: number | number[] } | { readonly lower: number[]; readonly upper: number[] };
  readonly bounds?: { readonly lower: number[]; readonly upper: number[] };
  readonly solution: readonly number[];
  readonly optimum: number;
}

const { SQRT2, sqrt } = Math;
const infinite = Number.POSITIVE_INFINITY;
const positive = (n: number) => ({ lower: new Array<number>(n).fill(0), upper: new Array<number>(n).fill(infinite) });

export const problems: readonly ConstrainedProblem[] = [
  {
    name: "HS6",
    start: [-1.2, 1],
    residuals: ([a]) => [1 - a],
    constraints: ([a, b]) => [10 * (b - a ** 2)],
    asked: { value: 0 },
    solution: [1, 1],
    optimum: 0,
  },
  {
    name: "HS7",
    start: [2, 2],
    fun: ([a, b]) => Math.log(1 + a ** 2) - b,
    constraints: ([a, b]) => [(1 + a ** 2) ** 2 + b ** 2],
    asked: { value: 4 },
    solution: [0, sqrt(3)],
    optimum: -sqrt(3),
  },
  {
    name: "HS14",
    start: [2, 2],
    residuals: ([a, b]) => [a - 2, b - 1],
    constraints: ([a, b]) => [1 - a ** 2 / 4 - b ** 2, a - 2 * b + 1],
    asked: { lower: [0, 0], upper: [infinite, 0] },
    solution: [(sqrt(7) - 1) / 2, (sqrt(7) + 1) / 4],
    optimum: 9 - 2.875 * sqrt(7),
  },
  {
    name: "HS28",
    start: [-4, 1, 1],
    residuals: ([a, b, c]) => [a + b, b + c],
    constraints: ([a, b, c]) => [a + 2 * b + 3 * c],
    asked: { value: 1 },
    solution: [0.5, -0.5, 0.5],
    optimum: 0,
  },
  {
    name: "HS39",
    start: [2, 2, 2, 2],
    fun: ([a]) => -a,
    constraints: ([a, b, c, d]) => [b - a ** 3 - c ** 2, a ** 2 - b - d ** 2],
    asked: { value: 0 },
    solution: [1, 1, 0, 0],
    optimum: -1,
  },
  {
    name: "HS40",
    start: [0.8, 0.8, 0.8, 0.8],
    fun: ([a, b, c, d]) => -a * b * c * d,
    constraints: ([a, b, c, d]) => [a ** 3 + b ** 2, a ** 2 * d - c, d ** 2 - b],
    asked: { value: [1, 0, 0] },
    solution: [2 ** (-1 / 3), 2 ** (-1 / 2), 2 ** (-11 / 12), 2 ** (-1 / 4)],
    optimum: -0.25,
  },
  {
    name: "HS42",
    start: [1, 1, 1, 1],
    residuals: (x) => x.map((one, i) => one - i - 1),
    constraints: ([a, , c, d]) => [a, c ** 2 + d ** 2],
    asked: { value: 2 },
    solution: [2, 2, 0.6 * SQRT2, 0.8 * SQRT2],
    optimum: 28 - 10 * SQRT2,
  },
  {
    name: "HS43",
    start: [0, 0, 0, 0],
    fun: ([a, b, c, d]) => a ** 2 + b ** 2 + 2 * c ** 2 + d ** 2 - 5 * a - 5 * b - 21 * c + 7 * d,
    constraints: ([a, b, c, d]) => [
      8 - a ** 2 - b ** 2 - c ** 2 - d ** 2 - a + b - c + d,
      10 - a ** 2 - 2 * b ** 2 - c ** 2 - 2 * d ** 2 + a + d,
      5 - 2 * a ** 2 - b ** 2 - c ** 2 - 2 * a + b + d,
    ],
    asked: positive(3),
    solution: [0, 1, 2, -1],
    optimum: -44,
  },
  {
    name: "HS65",
    start: [-4.5, 4.5, 0],
    residuals: ([a, b, c]) => [a - b, (a + b - 10) / 3, c - 5],
    constraints: ([a, b, c]) => [48 - a ** 2 - b ** 2 - c ** 2],
    asked: positive(1),
    bounds: { lower: [-4.5, -4.5, -5], upper: [4.5, 4.5, 5] },
    solution: [3.650461821, 3.650461821, 4.620417555],
    optimum: 0.9535288567,
  },
  {
    name: "HS71",
    start: [1, 5, 5, 1],
    fun: ([a, b, c, d]) => a * d * (a + b + c) + c,
    constraints: (x) => [x[0] * x[1] * x[2] * x[3], x.reduce((sum, one) => sum + one ** 2, 0)],
    asked: { lower: [25, 40], upper: [infinite, 40] },
    bounds: { lower: [1, 1, 1, 1], upper: [5, 5, 5, 5] },
    solution: [1, 4.7429994, 3.8211503, 1.3794082],
    optimum: 17.0140173,
  },
  {
    name: "HS77",
    start: [2, 2, 2, 2, 2],
    residuals: ([a, b, c, d, e]) => [a - 1, a - b, c - 1, (d - 1) ** 2, (e - 1) ** 3],
    constraints: ([a, b, c, d, e]) => [a ** 2 * d + Math.sin(d - e), b + c ** 4 * d ** 2],
    asked: { value: [2 * SQRT2, 8 + SQRT2] },
    solution: [1.166172, 1.182111, 1.380257, 1.506036, 0.6109203],
    optimum: 0.24150513,
  },
  {
    name: "HS79",
    start: [2, 2, 2, 2, 2],
    residuals: ([a, b, c, d, e]) => [a - 1, a - b, b - c, (c - d) ** 2, (d - e) ** 2],
    constraints: ([a, b, c, d, e]) => [a + b ** 2 + c ** 3, b - c ** 2 + d, a * e],
    asked: { value: [2 + 3 * SQRT2, -2 + 2 * SQRT2, 2] },
    solution: [1.191127, 1.362603, 1.472818, 1.635017, 1.679081],
    optimum: 0.0787768209,
  },
];
