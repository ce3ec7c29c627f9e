/** Points that take for ever are under way. Prints the processes of the job, and waits. */
import { createMpiExecutor, executorBatchEvaluator } from "fanopt";

const evaluate = executorBatchEvaluator(createMpiExecutor());
const pids = await evaluate(async () => {
  await new Promise((resolve) => setTimeout(resolve, 50));
  return process.pid;
}, [1, 2, 3, 4]);
console.log(JSON.stringify({ driver: process.pid, ranks: [...new Set(pids)] }));
console.log("waiting");
const [, , how] = process.argv;
await evaluate(
  how === "loop"
    ? () => {
        for (;;);
      }
    : () => new Promise<number>(() => {}),
  [1, 2],
);
