/**
 * What the executor adds to the SDK: `node test/bench/executor-overhead.ts`. CPU of the driver for an evaluation through `executor.submit`
 * against a bare `client.send` of the same bytes, 16 in flight, in turn: by a client as the SDK makes it, and by one that is set up as
 * fanopt's is. Behind it is the worker's handler in one process of its own, so that little else moves the figures. On a busy machine trust the
 * ratios.
 */
import { createRequire } from "node:module";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { openClient } from "../../src/executors/lambda/client.ts";
import { Deliveries } from "../../src/executors/lambda/deliveries.ts";
import { createLambdaExecutor } from "../../src/executors/lambda/executor.ts";
import { buildInternalFun } from "../../src/problem/internal-fun.ts";
import { buildArtifact } from "../../src/transport/artifact.ts";
import { pack } from "../../src/transport/codec.ts";
import { defineCriterion } from "../../src/transport/define-criterion.ts";
import { portableOf } from "../../src/transport/portable.ts";
import { VERSION } from "../../src/version.ts";
import { PROTOCOL_VERSION } from "../../src/worker/protocol.ts";
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
const endpoint = `http://127.0.0.1:${server.port}`;
const [region, functionName] = ["us-east-1", "bench"];
const credentials = { accessKeyId: "BENCH", secretAccessKey: "BENCH" };
const client = await openClient({
  endpoint,
  region,
  credentials,
  maxConcurrency: IN_FLIGHT,
  requestTimeoutSeconds: 60,
});
await using executor = createLambdaExecutor({ functionName, endpoint, region, credentials, maxConcurrency: IN_FLIGHT });

const portable = portableOf(internalFun);
if (portable === undefined) throw new Error("the criterion is not portable");
const deliveries = new Deliveries(async (why) => {
  throw new Error(why);
});
const delivery = await deliveries.of(await buildArtifact(portable));
const task = pack({ x, want: "fun" });
const head = { protocol: PROTOCOL_VERSION, version: VERSION };
const payload = JSON.stringify({ ...head, ...(await delivery.begin()).carried, tasks: [task] });

const send = (through: LambdaClient) => () =>
  through.send(new InvokeCommand({ FunctionName: functionName, LogType: "Tail", Payload: payload }));
const sdk = new LambdaClient({ endpoint, region, credentials });
const arms = {
  "client.send, the SDK as it comes": send(sdk),
  "client.send, fanopt's client": send(client),
  "executor.submit": () => executor.submit(internalFun, { x, want: "fun" }),
};
type Arm = keyof typeof arms;

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

const names = Object.keys(arms) as Arm[];
for (let i = 0; i < WARM_UP; i++) for (const name of names) await cpuPerCall(arms[name]);
const rounds: Record<Arm, number>[] = [];
for (let i = 0; i < ROUNDS; i++) {
  const round = {} as Record<Arm, number>;
  for (const name of names) round[name] = await cpuPerCall(arms[name]);
  rounds.push(round);
}

const { version } = createRequire(import.meta.url)("@aws-sdk/client-lambda/package.json") as { version: string };
console.log(
  `executor overhead (SDK ${version}, ${IN_FLIGHT} in flight, ${ROUNDS} × ${INVOCATIONS} invocations each, medians)`,
);
const medianOf = (name: Arm) => median(rounds.map((round) => round[name]));
for (const name of names) console.log(`  ${name.padEnd(33)} ${medianOf(name).toFixed(3)} ms CPU a call`);
const ratio = (baseline: Arm) => (medianOf("executor.submit") / medianOf(baseline)).toFixed(2);
console.log(
  `  executor.submit over a bare client.send: ${ratio(names[0])} (aim: at most 1.10); over one of the same client: ${ratio(names[1])}`,
);
client.destroy();
sdk.destroy();
server.stop();
