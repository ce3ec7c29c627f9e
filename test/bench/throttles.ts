/**
 * Throughput under throttling: `node test/bench/throttles.ts`. Points of 100 ms against a service that refuses none, refuses 30 of 100 at random,
 * and one whose quota of 50 at the same time the driver has to find out; the last against a driver that was told it. In turn, warm.
 */
import { executorBatchEvaluator } from "../../src/evaluation/executor-batch-evaluator.ts";
import { createLambdaExecutor, type LambdaExecutor } from "../../src/executors/lambda/executor.ts";
import { defineCriterion } from "../../src/transport/define-criterion.ts";
import { median } from "../fixtures/median.ts";
import { type FixtureServer, startServer } from "../fixtures/start-server.ts";

const POINTS = 500;
const ROUNDS = 7;
const WARM_UP = 2;

const servers: FixtureServer[] = [];
async function serve(quota: number, percent: number): Promise<string> {
  const server = await startServer("throttling-server", String(quota), String(percent));
  servers.push(server);
  return `http://127.0.0.1:${server.port}`;
}

const fun = defineCriterion<(p: readonly number[]) => Promise<number>>(
  new URL("../fixtures/sleeper.ts", import.meta.url),
  { export: "sleeper" },
);
const open = (endpoint: string, maxConcurrency?: number): LambdaExecutor =>
  createLambdaExecutor({
    functionName: "bench",
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "BENCH", secretAccessKey: "BENCH" },
    ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
  });
const limited = await serve(50, 0);
const arms = {
  "no throttles": open(await serve(10_000, 0)),
  "30 of 100 refused at random": open(await serve(10_000, 30)),
  "a quota of 50, told": open(limited, 50),
  "a quota of 50, found out": open(limited),
};
type Arm = keyof typeof arms;
const names = Object.keys(arms) as Arm[];

/** Points a second. */
async function measure(arm: Arm): Promise<number> {
  const startedAt = performance.now();
  const values = await executorBatchEvaluator(arms[arm])(
    fun,
    Array.from({ length: POINTS }, (_, i) => [i]),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  if (values.some((value, i) => value !== i * i)) throw new Error("a wrong value");
  return POINTS / seconds;
}

const rounds: Record<Arm, number>[] = [];
for (let i = 0; i < WARM_UP + ROUNDS; i++) {
  const round = {} as Record<Arm, number>;
  for (const name of names) round[name] = await measure(name);
  if (i >= WARM_UP) rounds.push(round);
}

const ratio = (name: Arm, baseline: Arm) => median(rounds.map((round) => round[name] / round[baseline])).toFixed(2);
console.log(`${POINTS} points of 100 ms at once (medians of ${ROUNDS})`);
for (const name of names) {
  const perSecond = median(rounds.map((round) => round[name])).toFixed(0);
  const { throttles } = arms[name].counts;
  console.log(
    `  ${name.padEnd(28)} ${perSecond.padStart(5)} points/s, ${(throttles / POINTS / (WARM_UP + ROUNDS)).toFixed(2)} refusals a point`,
  );
}
console.log(
  `  30 of 100 refused against none: ${ratio("30 of 100 refused at random", "no throttles")} of the throughput`,
);
console.log(
  `  a quota found out against one told: ${ratio("a quota of 50, found out", "a quota of 50, told")} of the throughput`,
);
for (const executor of Object.values(arms)) await executor.close();
for (const server of servers) server.stop();
