/**
 * What a batch costs on threads and processes beside the criterion: fanopt's executors against piscina and tinypool, which send a message a
 * point, and a bare loop in this thread. The sum of squares of 10 numbers, 2 workers: node test/bench/workers.ts
 *
 * A function is sent once, as in a run of minimize; "a closure" is one that is captured anew with each batch, for what it refers to may have changed.
 */
import { Piscina } from "piscina";
import { Tinypool } from "tinypool";
import {
  createProcessExecutor,
  createThreadExecutor,
  defineCriterion,
  executorBatchEvaluator,
} from "../../src/index.ts";
import { median } from "../fixtures/median.ts";
import { sphere } from "./fixtures/sphere.ts";

const WORKERS = 2;
const filename = new URL("./fixtures/sphere.ts", import.meta.url).href;
const defined = defineCriterion<typeof sphere>(filename, { export: "sphere" });
const pool = { filename, name: "sphere" };

const threads = createThreadExecutor({ nWorkers: WORKERS });
const processes = createProcessExecutor({ nWorkers: WORKERS });
const piscina = new Piscina(pool);
const tuned = new Piscina({ ...pool, minThreads: WORKERS, maxThreads: WORKERS, concurrentTasksPerWorker: 16 });
const tinypoolOptions = { ...pool, minThreads: WORKERS, maxThreads: WORKERS };
const tinypool = new Tinypool(tinypoolOptions);
const tinypoolProcesses = new Tinypool({ ...tinypoolOptions, runtime: "child_process", serialization: "advanced" });

type Evaluate = (args: readonly Float64Array[]) => Promise<readonly number[]>;
const byMessage =
  (pool: { run(x: Float64Array): Promise<number> }): Evaluate =>
  (args) =>
    Promise.all(args.map((x) => pool.run(x)));
const onThreads = executorBatchEvaluator(threads);
const onProcesses = executorBatchEvaluator(processes);

const ways: Readonly<Record<string, Evaluate>> = {
  "bare loop": async (args) => args.map(sphere),
  "fanopt threads": (args) => onThreads(defined, args) as Promise<number[]>,
  "… a closure": (args) => onThreads((x: Float64Array) => sphere(x), args) as Promise<number[]>,
  "piscina, defaults": byMessage(piscina),
  "piscina, tuned": byMessage(tuned),
  "tinypool threads": byMessage(tinypool),
  "fanopt processes": (args) => onProcesses(defined, args) as Promise<number[]>,
  "tinypool processes": byMessage(tinypoolProcesses),
};

const WARM = 30;
const MEASURED = 20;

/** Milliseconds of a batch, by way: rounds in turn, so that all of them meet the same noise. */
async function measure(n: number, rounds: number): Promise<Map<string, number>> {
  const args = Array.from({ length: n }, (_, i) => Float64Array.from({ length: 10 }, (_, j) => Math.sin(i + 10 * j)));
  const expected = args.map(sphere);
  const times = new Map<string, number[]>();
  for (let round = 0; round < rounds; round++)
    for (const [way, evaluate] of Object.entries(ways)) {
      // Warm: pools end threads that are idle while another way has its turn.
      for (let i = 0; i < WARM; i++) await evaluate(args);
      for (let i = 0; i < MEASURED; i++) {
        const started = performance.now();
        const values = await evaluate(args);
        const elapsed = performance.now() - started;
        if (values.some((value, i) => value !== expected[i])) throw new Error(`${way}: wrong values`);
        times.set(way, [...(times.get(way) ?? []), elapsed]);
      }
    }
  return new Map([...times].map(([way, list]) => [way, median(list)]));
}

for (const [n, rounds] of [
  [16, 12],
  [1_000, 4],
]) {
  const times = await measure(n, rounds);
  const timeOf = (way: string) => times.get(way) as number;
  console.log(`\nBatch of ${n}, medians`);
  for (const [way, ms] of times) {
    const against = way.includes("processes") ? "fanopt processes" : "fanopt threads";
    const ratio = (ms / timeOf(against)).toFixed(2);
    console.log(
      `  ${way.padEnd(20)} ${ms.toFixed(3).padStart(9)} ms ${((ms / n) * 1e3).toFixed(2).padStart(8)} µs a point  ${ratio} × ${against}`,
    );
  }
  if (n === 16) console.log(`  aim: fanopt threads ≤ 0.15 ms: ${timeOf("fanopt threads").toFixed(3)}`);
  else
    console.log(
      `  aim: a point ≥ 50 × as cheap as with piscina's defaults: ${(timeOf("piscina, defaults") / timeOf("fanopt threads")).toFixed(1)}`,
    );
}
await Promise.all([threads.close(), processes.close()]);
await Promise.all([piscina.destroy(), tuned.destroy(), tinypool.destroy(), tinypoolProcesses.destroy()]);
