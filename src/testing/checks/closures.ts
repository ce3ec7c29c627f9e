/** Functions and what they refer to. */
import { defineCriterion } from "../../transport/define-criterion.ts";
import { expectSame } from "../expectation.ts";
import type { scaledPower } from "../exported-criterion.ts";
import { sleep } from "../marks.ts";
import type { Trial } from "../trial.ts";
import type { Check } from "./check.ts";

class Model {
  readonly weights: Float64Array;

  constructor(weights: Float64Array) {
    this.weights = weights;
  }

  value(x: number): number {
    return this.weights.reduce((sum, weight, i) => sum + weight * x ** i, 0);
  }
}

const lookAt =
  "what is sent to workers: fun.toString() has no captured values. packFunction of fanopt sends the function with all that it refers to";

async function captured(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const model = new Model(Float64Array.of(1, 0.1, -0));
  const scales = new Map([["x", 3]]);
  const scaled = (x: number) => x * (scales.get("x") ?? Number.NaN);
  const criterion = async (x: number) => {
    await sleep(0);
    return [model.value(scaled(x)), model instanceof Model, model.weights] as const;
  };
  const expected = [2, -1].map((x) => [model.value(scaled(x)), true, model.weights]);
  expectSame(await evaluate(criterion, [2, -1]), expected, {
    must: "run closures: with captured data, functions, instances of classes and imports",
    lookAt,
  });
}

async function capturedAnew(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const state = { factor: 1 };
  const criterion = (x: number) => x * state.factor;
  const first = await evaluate(criterion, [7]);
  state.factor = 10;
  const second = await evaluate(criterion, [7]);
  expectSame([first, second], [[7], [70]], {
    must: "run each batch with the captured values of its moment",
    lookAt:
      "functions that are kept under their name or text: keep them by identity, as packFunction does, or under the hash that it gives",
  });
}

async function twoFunctions(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const both = Promise.all([evaluate((x: number) => x + 1, [1, 2, 3]), evaluate((x: number) => -x, [1, 2, 3])]);
  expectSame(
    await both,
    [
      [2, 3, 4],
      [-1, -2, -3],
    ],
    {
      must: "keep the functions and results of two batches at the same time apart",
      lookAt: "which function a worker applies: each task must name its own",
    },
  );
}

async function ofModule(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const module = new URL(`../exported-criterion.${extension}`, import.meta.url);
  const criterion = defineCriterion<typeof scaledPower>(module, {
    export: "scaledPower",
    args: [3, Float64Array.of(-0.5)],
  });
  expectSame(await evaluate(criterion, [2, 4]), [-4, -32], {
    must: "run what defineCriterion returned: a module's export with its args",
    lookAt,
  });
}

export const closureChecks: readonly Check[] = [
  { group: "closures", name: "run closures with all that they refer to", run: captured },
  { group: "closures", name: "run each batch with the captured values of its moment", run: capturedAnew },
  { group: "closures", name: "keep two batches at the same time apart", run: twoFunctions },
  { group: "closures", name: "run the export of a module, with its args", run: ofModule },
];
