/**
 * What the executor adds to the SDK: `node test/bench/executor-overhead.ts`. CPU of the driver for an evaluation through `executor.submit`
 * against a bare `client.send` of the same bytes, 16 in flight, in turn. On a busy machine trust the ratios.
 */
import { createRequire } from "node:module";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { ArtifactDelivery } from "../../src/executors/lambda/artifact-delivery.ts";
import { openClient } from "../../src/executors/lambda/client.ts";
import { createLambdaExecutor } from "../../src/executors/lambda/executor.ts";
import { deployedHandlerFile } from "../../src/executors/lambda/handler-file.ts";
import { startLocalLambda } from "../../src/executors/lambda/local/local-lambda.ts";
import { buildInternalFun } from "../../src/problem/internal-fun.ts";
import { buildArtifact } from "../../src/transport/artifact.ts";
import { encode } from "../../src/transport/codec.ts";
import { defineCriterion } from "../../src/transport/define-criterion.ts";
import { portableOf } from "../../src/transport/portable.ts";
import { VERSION } from "../../src/version.ts";
import { PROTOCOL_VERSION } from "../../src/worker/protocol.ts";

const IN_FLIGHT = 16;
const INVOCATIONS = 800;
const ROUNDS = 7;

const params = Array.from({ length: 10 }, (_, i) => i + 1);
const fun = defineCriterion<(p: number[]) => number>(new URL("../fixtures/sphere.ts", import.meta.url), {
  export: "sphere",
});
const internalFun = buildInternalFun({ fun, params });
const x = Float64Array.from(params, Math.sqrt);

await using lambda = await startLocalLambda({ handlerFile: deployedHandlerFile(), concurrency: IN_FLIGHT });
const { endpoint, region, credentials, functionName } = lambda;
const client = await openClient({
  endpoint,
  region,
  credentials,
  maxConcurrency: IN_FLIGHT,
  requestTimeoutSeconds: 60,
});
await using executor = createLambdaExecutor({ client, functionName, maxConcurrency: IN_FLIGHT });

const portable = portableOf(internalFun);
if (portable === undefined) throw new Error("the criterion is not portable");
const delivery = await ArtifactDelivery.of(await buildArtifact(portable));
const task = Buffer.from(encode({ x, want: "fun" }).buffer).toString("base64");
const head = { protocol: PROTOCOL_VERSION, version: VERSION, artifact: delivery.hash };
const payload = JSON.stringify({ ...head, ...delivery.begin(), tasks: [task] });

const bare = () => client.send(new InvokeCommand({ FunctionName: functionName, LogType: "Tail", Payload: payload }));
const submitted = () => executor.submit(internalFun, { x, want: "fun" });

/** CPU of this process in milliseconds a call, user and system. */
async function cpuPerCall(call: () => Promise<unknown>): Promise<number> {
  let left = INVOCATIONS;
  const lane = async () => {
    while (left-- > 0) await call();
  };
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / INVOCATIONS;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

for (const call of [bare, submitted, bare, submitted]) await cpuPerCall(call);
const pairs: { bare: number; submitted: number }[] = [];
for (let i = 0; i < ROUNDS; i++) pairs.push({ bare: await cpuPerCall(bare), submitted: await cpuPerCall(submitted) });

const sdk = (createRequire(import.meta.url)("@aws-sdk/client-lambda/package.json") as { version: string }).version;
console.log(
  `executor overhead (SDK ${sdk}, ${IN_FLIGHT} in flight, ${ROUNDS} × ${INVOCATIONS} invocations each, medians)`,
);
console.log(`  bare client.send   ${median(pairs.map((p) => p.bare)).toFixed(3)} ms CPU a call (baseline)`);
console.log(`  executor.submit    ${median(pairs.map((p) => p.submitted)).toFixed(3)} ms CPU a call`);
console.log(`  ratio              ${median(pairs.map((p) => p.submitted / p.bare)).toFixed(3)} (aim: at most 1.10)`);
client.destroy();
