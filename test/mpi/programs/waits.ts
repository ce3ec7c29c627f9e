/** Points that take for ever are under way. Prints the processes of the job, and waits. */
import { createMpiExecutor, executorBatchEvaluator } from "fanopt";
import { begun, filesForTwo, hang, spin } from "./under-way.ts";

const evaluate = executorBatchEvaluator(createMpiExecutor());
const pids = await evaluate(async () => {
  await new Promise((resolve) => setTimeout(resolve, 50));
  return process.pid;
}, [1, 2, 3, 4]);
const [, , how] = process.argv;
const files = filesForTwo();
const waiting = evaluate(how === "loop" ? spin : hang, files);
await begun(files);
console.log(JSON.stringify({ driver: process.pid, ranks: [...new Set(pids)] }));
console.log("waiting");
await waiting;
