/** Results, and which evaluation they come from. */
import { expectSame } from "../expectation.ts";
import { leaveMark, marksIn, sleep } from "../marks.ts";
import { expectOverlap } from "../overlap.ts";
import type { Trial } from "../trial.ts";
import { type Check, range } from "./check.ts";

/** Milliseconds below `most`, the same in each run: a linear congruential generator (Numerical Recipes). */
function delays(length: number, most: number, seed: number): number[] {
  let state = seed;
  return range(length).map(() => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state / 2 ** 32) * most;
  });
}

async function keepOrder(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  for (const seed of [1, 2]) {
    const args = delays(20 * trial.traits.nWorkers, 25, seed).map((delay, index) => ({ index, delay }));
    const results = await evaluate(async ({ index, delay }: (typeof args)[number]) => {
      await sleep(delay);
      return `result ${index}`;
    }, args);
    const expected = args.map(({ index }) => `result ${index}`);
    expectSame(results, expected, {
      must: "give each task its own result, in whatever order they end",
      lookAt: "how answers find their task: by an id of the task, not by the order in which answers come",
    });
  }
}

async function overlap(trial: Trial): Promise<void> {
  await expectOverlap(trial, await trial.evaluator(), {
    when: "",
    lookAt:
      "whether submit() waits for a task before it hands out the next, whether all workers take from the queue, and whether the setting's nWorkers is " +
      "what the executor was made with",
  });
}

async function evaluateOnce(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const folder = await trial.folder();
  const args = range(10 * trial.traits.nWorkers);
  const criterion = (index: number): number => {
    leaveMark(folder, index);
    if (index % 5 === 1) throw new Error("fails");
    return index;
  };
  await evaluate(criterion, args, { errorHandling: "continue", onSettled: () => {} });
  const counts = Object.fromEntries([...marksIn(folder)].sort(([a], [b]) => Number(a) - Number(b)));
  expectSame(counts, Object.fromEntries(args.map((index) => [index, 1])), {
    must: "evaluate each point once where no worker died (counted here: evaluations by argument)",
    lookAt:
      "retries: an error of the criterion is an answer, and must not be tried again; and at workers that take the same task",
  });
}

async function emptyBatch(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  expectSame(await evaluate((x: number) => x, []), [], {
    must: "give nothing for nothing",
    lookAt: "batches without tasks",
  });
}

async function manyPoints(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const args = range(trial.traits.points).map((i) => Float64Array.of(i, -i / 3));
  const square = ([a, b]: Float64Array): number => a * a + b;
  const told = new Set<number>();
  const results = await evaluate(square, args, { onSettled: (index) => told.add(index) });
  const lookAt = "tasks that are lost or mixed up under load, and at limits of the queue";
  expectSame(results, args.map(square), { must: `evaluate ${args.length} points in one batch`, lookAt });
  expectSame(told.size, args.length, { must: "tell of each task as it ends", lookAt });
}

async function kindsOfFunctions(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const lookAt =
    "whether the worker awaits what the criterion returns, and how it applies the function to its argument";
  expectSame(await evaluate((x: number) => 2 * x, [1, 2]), [2, 4], {
    must: "run functions that return a value",
    lookAt,
  });
  const later = await evaluate(
    async (x: number) => {
      await sleep(1);
      return 2 * x;
    },
    [1, 2],
  );
  expectSame(later, [2, 4], { must: "run functions that return a promise", lookAt });
  const subtract = ((a: number, b: number) => a - b) as unknown as (pair: readonly number[]) => number;
  const pairs: readonly number[][] = [
    [5, 2],
    [1, 4],
  ];
  const spread = await evaluate(subtract, pairs, { unpack: "spread" });
  expectSame(spread, [3, -3], { must: 'run functions of several arguments (unpack: "spread")', lookAt });
}

export const orderChecks: readonly Check[] = [
  { group: "order", name: "give results in the order of the arguments, whatever order they end in", run: keepOrder },
  { group: "order", name: "evaluate as many points at the same time as it has workers", run: overlap },
  { group: "order", name: "evaluate each point once", applies: ({ sharesFiles }) => sharesFiles, run: evaluateOnce },
  { group: "order", name: "give nothing for an empty batch", run: emptyBatch },
  { group: "order", name: "evaluate a large batch", run: manyPoints },
  {
    group: "order",
    name: "run functions that return values and promises, of one argument and of several",
    run: kindsOfFunctions,
  },
];
