/** Both ranks are in an endless loop; then the driver ends as it is told. */
import { createMpiExecutor, executorBatchEvaluator } from "fanopt";
import { begun, filesForTwo, spin } from "./under-way.ts";

const [, , how] = process.argv;
process.on("exit", () => {
  throw new Error("a handler's own");
});
process.on("exit", (code) => console.log(`exit handler: ${code}`));
process.on("warning", ({ name, message }) => console.log(`${name}: ${message}`));
const executor = createMpiExecutor(how === "timeout" ? { timeout: 1 } : {});
const files = filesForTwo();
const hanging = executorBatchEvaluator(executor)(spin, files, { errorHandling: "continue" });
hanging.catch(() => {});
await begun(files);
if (how === "timeout") {
  const results = await hanging;
  console.log(JSON.stringify(results.map((text) => /WorkerError: .*timeout/.test(`${text}`))));
  // Waits for a rank until the abort.
  const aborted = await executorBatchEvaluator(executor)((x: number) => x, [1], {
    signal: AbortSignal.timeout(3000),
  }).catch((error: Error) => error.name);
  console.log(`then ${aborted}`);
  process.exitCode = 6;
} else if (how === "throw") throw new Error("the driver's own");
else process.exit(Number(how));
