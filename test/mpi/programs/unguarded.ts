/** A point takes away what keeps its rank alive, and throws where nothing catches it. */
import { createMpiExecutor, executorBatchEvaluator } from "fanopt";

await executorBatchEvaluator(createMpiExecutor())(async () => {
  process.removeAllListeners("uncaughtException");
  setTimeout(() => {
    throw new TypeError("the rank's own");
  }, 5);
  await new Promise(() => {});
}, [0]);
