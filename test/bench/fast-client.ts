/**
 * The fast client against the SDK: `node test/bench/fast-client.ts`. Wall-clock time and the driver's CPU for an evaluation through
 * `executor.submit`, 16 in flight, in turn: by a client as the SDK makes it, by one that is set up as fanopt's is, and by the fast client. Behind
 * it is the worker's handler in one process of its own, so that little else moves the figures. On a busy machine trust the ratios.
 */
import { createRequire } from "node:module";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { createLambdaExecutor } from "../../src/executors/lambda/executor.ts";
import { buildInternalFun } from "../../src/problem/internal-fun.ts";
import { defineCriterion } from "../../src/transport/define-criterion.ts";
import { median } from "../fixtures/median.ts";
import { startServer } from "../fixtures/start-server.ts";

const IN_FLIGHT = 16;
const INVOCATIONS = 240;
const ROUNDS = 40;
const WARM_UP = 12;

const params = Array.from({ length: 10 }, (_, i) => i + 1);
const fun = defineCriterion<(p: number[]) => number>(new URL("../fixtures/sphere.ts", import.meta.url), {
  export: "sphere",
});
const internalFun = buildInternalFun({ fun, params });
const x = Float64Array.from(params, Math.sqrt);

const server = await startServer("handler-server");
const where = {
  endpoint: `http://127.0.0.1:${server.port}`,
  region: "us-east-1",
  credentials: { accessKeyId: "BENCH", secretAccessKey: "BENCH" },
};
const options = { functionName: "bench", maxConcurrency: IN_FLIGHT };
const sdk = new LambdaClient({ ...where, maxAttempts: 1 });
await using plain = createLambdaExecutor({ ...options, client: sdk });
await using tuned = createLambdaExecutor({ ...options, ...where });
await using fast = createLambdaExecutor({ ...options, ...where, fastClient: true });
const arms = { "the SDK as it comes": plain, "fanopt's SDK client": tuned, "fast client": fast };
type Arm = keyof typeof arms;
const names = Object.keys(arms) as Arm[];

interface Figures {
  /** Milliseconds an evaluation. */
  readonly wall: number;
  readonly cpu: number;
}

async function measure(arm: Arm): Promise<Figures> {
  let left = INVOCATIONS;
  const lane = async () => {
    while (left-- > 0) await arms[arm].submit(internalFun, { x, want: "fun" });
  };
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  const wall = (performance.now() - startedAt) / INVOCATIONS;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wall, cpu: (user + system) / 1000 / INVOCATIONS };
}

for (let i = 0; i < WARM_UP; i++) for (const name of names) await measure(name);
const rounds: Record<Arm, Figures>[] = [];
for (let i = 0; i < ROUNDS; i++) {
  const round = {} as Record<Arm, Figures>;
  for (const name of names) round[name] = await measure(name);
  rounds.push(round);
}

const { version } = createRequire(import.meta.url)("@aws-sdk/client-lambda/package.json") as { version: string };
console.log(
  `fast client (SDK ${version}, ${IN_FLIGHT} in flight, ${ROUNDS} × ${INVOCATIONS} evaluations through the executor each, medians)`,
);
const medianOf = (name: Arm, figure: keyof Figures) => median(rounds.map((round) => round[name][figure]));
for (const name of names)
  console.log(
    `  ${name.padEnd(20)} ${medianOf(name, "wall").toFixed(3)} ms and ${medianOf(name, "cpu").toFixed(3)} ms CPU an evaluation`,
  );
const ratio = (name: Arm, figure: keyof Figures) =>
  median(rounds.map((round) => round[name][figure] / round["fast client"][figure])).toFixed(2);
console.log(
  `  the fast client is ${ratio(names[0], "wall")} × as fast as the SDK (aim: at least 1.7), ${ratio(names[1], "wall")} × as fast as fanopt's SDK client;` +
    ` CPU ${ratio(names[0], "cpu")} × and ${ratio(names[1], "cpu")} ×`,
);
sdk.destroy();
server.stop();
