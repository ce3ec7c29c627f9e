/** Imports: bundled anew, never copied. */
import { createHash } from "node:crypto";
import * as path from "node:path";
import util, { inspect as show } from "node:util";
import twice from "commonjs-function";
import { defineCriterion } from "fanopt";
import interop from "interop-default";
import * as matrices from "ml-matrix";
import { EVD, Matrix as Grid } from "ml-matrix";
import { days, secondsPerDay } from "#units";
import constants from "../constants.json" with { type: "json" };
import { bump, read } from "../counter.ts";
import { level, raise } from "../live.ts";
import * as model from "../model.ts";
import half, { gravity, scaledBy, simulate, simulate as simulateAgain, table } from "../model.ts";
import { noteLoad } from "../note-load.ts";
import { add, sum } from "../totals.ts";
import type { Case } from "../types.ts";

noteLoad("imports");

const captured = simulate;
const capturedHalf = half;
const capturedAdd = add;
const capturedSum = sum;
const capturedTable = table;
const capturedNamespace = model;
const capturedHash = createHash;
const doubled = scaledBy(2);
const tripled = scaledBy(3);

function throughAnother(x: number): number {
  return days(x) + gravity;
}

const defined = defineCriterion<(x: number) => number>(
  new URL("./criterion.mjs", new URL(process.env.FANOPT_CASES_FOLDER as string)),
  { export: "shifted", args: [] },
);

export const cases: readonly Case[] = [
  { name: "a relative import", fun: (x: number) => simulate(x) },
  { name: "an imported function as the criterion", fun: simulate },
  { name: "a renamed import", fun: (x: number) => simulateAgain(x, 5) },
  { name: "an imported constant", fun: (x: number) => x * gravity },
  { name: "a relative default import", fun: (x: number) => half(x) },
  { name: "a namespace import", fun: (x: number) => [model.simulate(x), model.gravity, model.default(x)] },
  { name: "a namespace as a value", fun: () => Object.keys(model).sort() },
  {
    name: "an npm package, named",
    fun: () =>
      new EVD(
        new Grid([
          [2, 0],
          [0, 3],
        ]),
      ).realEigenvalues,
  },
  { name: "an npm package, namespace", fun: () => matrices.inverse(matrices.Matrix.eye(2).mul(4)).to2DArray() },
  { name: "a function that a CommonJS package is", fun: (x: number) => twice(x) },
  {
    name: "the default import of CommonJS with __esModule",
    fun: (x: number) => [typeof interop, interop.default?.(x) ?? interop(x)],
  },
  {
    name: "built-in modules",
    fun: (x: number) => [
      createHash("sha256").update(String(x)).digest("hex"),
      path.posix.join("a", "..", "b"),
      util.format("%d", x),
      show({ x }),
    ],
  },
  { name: "a built-in module's function as a value", fun: () => [capturedHash === createHash, capturedHash.name] },
  { name: "JSON", fun: () => [constants.half, constants.list, constants.nested.tiny] },
  { name: "an import of package.json's imports", fun: (x: number) => days(x) + secondsPerDay },
  { name: "an import used by another captured function only", fun: throughAnother },
  {
    name: "dynamic import",
    fun: async (x: number) => {
      const { simulate } = await import("../model.ts");
      return simulate(x, 2);
    },
  },
  {
    name: "dynamic import of a built-in module and of a package",
    fun: async () => {
      const { basename } = await import("node:path");
      const { Matrix } = await import("ml-matrix");
      return [basename("/a/b"), Matrix.ones(2, 2).sum()];
    },
  },
  {
    name: "a dynamically imported module is the imported one",
    fun: async () => {
      const again = await import("../model.ts");
      return [again.table === table, again.simulate === simulate];
    },
  },
  {
    name: "an imported function as import and as captured value",
    fun: (x: number) => [captured === simulate, capturedHalf === half, captured(x)],
  },
  {
    name: "an imported object as import and as captured value",
    fun: () => [capturedTable === table, table.rows],
  },
  { name: "a captured namespace", fun: (x: number) => [capturedNamespace.table.rows, capturedNamespace.simulate(x)] },
  {
    name: "a captured namespace, with the import",
    fun: (x: number) => [capturedNamespace.table === model.table, capturedNamespace.simulate(x)],
  },
  { name: "closures that another module made", fun: (x: number) => [doubled(x), tripled(x)] },
  { name: "a closure that another module made, as the criterion", fun: doubled },
  {
    name: "two imported functions that share their module's state",
    fun: (x: number) => {
      bump(x);
      bump(2);
      return read();
    },
  },
  {
    name: "two captured functions that share their module's state, with the imports",
    fun: (x: number) => {
      capturedAdd(x);
      add(2);
      return [capturedSum(), sum()];
    },
  },
  {
    name: "an imported let that its module changes in the criterion",
    fun: (x: number) => {
      const before = level;
      raise(x);
      return [before, level];
    },
  },
  { name: "a closure that calls a defined criterion", fun: async (x: number) => (await defined(x)) * 2 },
  { name: "a defined criterion", fun: defined },
  {
    name: "what every script has",
    fun: (x: number) => [
      Math.max(x, 0),
      Number.parseFloat("1.5"),
      new TextEncoder().encode("π"),
      structuredClone({ x }),
      typeof setTimeout,
      typeof Buffer,
      typeof globalThis.fetch,
      new Intl.NumberFormat("en").format(x),
    ],
  },
];
