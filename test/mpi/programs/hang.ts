/** Both ranks are in an endless loop; then the driver ends as it is told. */
import { createMpiExecutor, executorBatchEvaluator } from "fanopt";

const [, , how] = process.argv;
process.on("warning", ({ name, message }) => console.log(`${name}: ${message}`));
const executor = createMpiExecutor({ timeout: 0.3 });
const spin = (): number => {
  for (;;);
};
const hanging = executorBatchEvaluator(executor)(spin, [1, 2], { errorHandling: "continue" });
if (how === "timeout") {
  const results = await hanging;
  console.log(JSON.stringify(results.map((text) => /WorkerError: .*timeout/.test(`${text}`))));
  // Waits for a rank until the abort.
  const aborted = await executorBatchEvaluator(executor)((x: number) => x, [1], {
    signal: AbortSignal.timeout(100),
  }).catch((error: Error) => error.name);
  console.log(`then ${aborted}`);
  process.exitCode = 6;
} else {
  hanging.catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 150));
  if (how === "throw") throw new Error("the driver's own");
  process.exit(Number(how));
}
