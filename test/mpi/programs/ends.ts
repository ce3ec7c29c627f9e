/** Ends as it is told, with a point under way on each rank or without. */
import { createMpiExecutor, executorBatchEvaluator } from "fanopt";
import { begun, filesForTwo, hang } from "./under-way.ts";

const [, , how, isBusy] = process.argv;
const evaluate = executorBatchEvaluator(createMpiExecutor());
if (isBusy === "busy") {
  const files = filesForTwo();
  evaluate(hang, files).catch(() => {});
  await begun(files);
} else console.log(`values ${await evaluate((x: number) => x + 1, [1, 2])}`);

switch (how) {
  case "exit":
    process.exit(7);
    break;
  case "throw":
    throw new Error("the driver's own");
  case "reject":
    void Promise.reject(new Error("the driver's own"));
    break;
  case "exitCode":
    process.exitCode = 9;
    break;
  default:
    console.log("the end");
}
