/** A program that uses the executor of a module: arguments are the module's URL, the export, and what to do. */
import { executorBatchEvaluator } from "../evaluation/executor-batch-evaluator.ts";
import { sleep } from "./marks.ts";
import { importExecutor, type MadeExecutor } from "./module.ts";

export type Scenario = "made" | "used" | "disposed" | "aborted" | "exit code" | "exits" | "throws";

async function use(executor: MadeExecutor): Promise<void> {
  const evaluate = executorBatchEvaluator(executor);
  const text = "result";
  const results = await evaluate(
    async (x: number) => {
      await sleep(20);
      return `${text} ${x}`;
    },
    [0, 1, 2],
  );
  // Written at once: programs may end before what is written to a pipe is.
  process.stdout.write(`${JSON.stringify(results)}\n`);
}

async function abort(executor: MadeExecutor): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const batch = executorBatchEvaluator(executor)(() => sleep(500), [0, 1, 2, 3, 4, 5], { signal });
  setTimeout(() => controller.abort(), 200);
  await batch.catch((error: Error) => process.stdout.write(`${error.name}\n`));
}

async function run(executor: MadeExecutor, scenario: Scenario): Promise<void> {
  if (scenario === "made") return;
  if (scenario === "aborted") return abort(executor);
  await use(executor);
  switch (scenario) {
    case "disposed":
      await executor[Symbol.asyncDispose]?.();
      return;
    case "exit code":
      process.exitCode = 5;
      return;
    case "exits":
      process.exit(7);
      break;
    case "throws":
      throw new Error("the program's own error");
  }
}

const [module, name, scenario] = process.argv.slice(2);
await run(await importExecutor(module, name), scenario as Scenario);
