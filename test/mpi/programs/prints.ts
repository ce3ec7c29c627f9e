/** The last point prints 2 MB to each stream, and the program ends. */
import { createMpiExecutor, executorBatchEvaluator } from "fanopt";

const evaluate = executorBatchEvaluator(createMpiExecutor());
await evaluate(() => {
  for (let i = 0; i < 2000; i++) {
    console.log("o".repeat(999));
    console.error("e".repeat(999));
  }
}, [0]);
