/** Thousands of tasks that take no time, in chunks of several sizes, with deaths, slow points and aborts in between. Prints what was wrong: nothing. */
import { createMpiExecutor, executorBatchEvaluator, type WorkerExecutor } from "fanopt";

const COUNT = 3000;
const args = Array.from({ length: COUNT }, (_, i) => i);

/** i², or what ends a process, an error or a slow point. */
const criterion = (i: number): number => {
  if (i % 1000 === 700) process.exit(i);
  if (i % 500 === 300) throw new RangeError(`at ${i}`);
  if (i % 1500 === 400) for (const end = performance.now() + 60; performance.now() < end; );
  return i * i;
};
const expected = (i: number): string =>
  i % 1000 === 700 ? "WorkerError" : i % 500 === 300 ? `RangeError: at ${i}` : String(i * i);

const wrong: string[] = [];

/** Every task ends once, as it should. */
async function check(executor: WorkerExecutor, what: string): Promise<void> {
  const ends = args.map((): string[] => []);
  await executor.submitAll(criterion, args, {
    onSettled: (i, end) => {
      const { name, message } = end.ok ? { name: "", message: "" } : (end.error as Error);
      ends[i].push(end.ok ? String(end.value) : name === "RangeError" ? `${name}: ${message}` : name);
    },
  });
  for (const i of args)
    if (ends[i].length !== 1 || ends[i][0] !== expected(i)) wrong.push(`${what}: ${i} ended ${ends[i]}`);
}

/** Aborted in the middle: what has ended is right. */
async function abort(executor: WorkerExecutor, what: string): Promise<void> {
  const controller = new AbortController();
  const ended = new Set<number>();
  const run = executor.submitAll((i: number) => i + 1, args, {
    signal: controller.signal,
    onSettled: (i, end) => {
      if (ended.has(i) || !end.ok || end.value !== i + 1) wrong.push(`${what}: ${i}`);
      ended.add(i);
      if (ended.size === COUNT / 3) controller.abort();
    },
  });
  const error = await run.catch((thrown: Error) => thrown);
  if (error?.name !== "AbortError" || ended.size >= COUNT) wrong.push(`${what}: ${error} after ${ended.size}`);
}

for (const chunkSize of [1, 40, "auto"] as const) {
  const executor = createMpiExecutor({ chunkSize });
  await executor.submitAll((i: number) => i + 1, args, { onSettled: () => {} });
  await check(executor, `chunks of ${chunkSize}`);
  await Promise.all([
    check(executor, `chunks of ${chunkSize}, others aborted`),
    abort(executor, `aborted chunks of ${chunkSize}`),
    abort(createMpiExecutor({ chunkSize: 10 }), "an executor that is aborted"),
  ]);
  await executor.close();
}
const evaluate = executorBatchEvaluator(createMpiExecutor());
const afterwards = await evaluate((i: number) => -i, [1, 2, 3]);
console.log(JSON.stringify({ wrong: wrong.slice(0, 9), afterwards }));
