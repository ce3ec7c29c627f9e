/**
 * A thousand points of 100 ms at once over TLS, warm: `node test/bench/scale.ts`. The SDK as it comes (50 sockets) with a bare `client.send`
 * against the executor by fanopt's SDK client and by the fast client, in turn. Behind it is the worker's handler in one process of its own, with
 * a certificate made for the run. It shares the processors with the driver: on AWS it would not.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { createLambdaExecutor, type LambdaExecutor } from "../../src/executors/lambda/executor.ts";
import { buildArtifact } from "../../src/transport/artifact.ts";
import { pack } from "../../src/transport/codec.ts";
import { compressArtifact } from "../../src/transport/compress-artifact.ts";
import { defineCriterion } from "../../src/transport/define-criterion.ts";
import { portableOf } from "../../src/transport/portable.ts";
import { VERSION } from "../../src/version.ts";
import { PROTOCOL_VERSION, type WorkerResponse } from "../../src/worker/protocol.ts";
import { median } from "../fixtures/median.ts";
import { selfSigned } from "../fixtures/self-signed.ts";
import { startServer } from "../fixtures/start-server.ts";

const POINTS = 1000;
const ROUNDS = 7;
const WARM_UP = 2;

const { key, cert } = selfSigned();
const folder = mkdtempSync(join(tmpdir(), "fanopt-bench-"));
writeFileSync(join(folder, "server.pem"), key + cert);
setDefaultCACertificates([...getCACertificates("default"), cert]);
const server = await startServer("handler-server", join(folder, "server.pem"));
rmSync(folder, { recursive: true });
const where = {
  endpoint: `https://127.0.0.1:${server.port}`,
  region: "us-east-1",
  credentials: { accessKeyId: "BENCH", secretAccessKey: "BENCH" },
};
const functionName = "bench";

const fun = defineCriterion<(p: readonly number[]) => Promise<number>>(
  new URL("../fixtures/sleeper.ts", import.meta.url),
  {
    export: "sleeper",
  },
);
const portable = portableOf(fun);
if (portable === undefined) throw new Error("the criterion is not portable");
const artifact = await buildArtifact(portable);
const inline = (await compressArtifact(artifact.bytes)).toString("base64");
const head = { protocol: PROTOCOL_VERSION, version: VERSION, content: { hash: artifact.hash, inline } };

const sdk = new LambdaClient(where);
async function bareSend(i: number): Promise<void> {
  const payload = JSON.stringify({ ...head, tasks: [pack([i])] });
  const output = await sdk.send(new InvokeCommand({ FunctionName: functionName, LogType: "Tail", Payload: payload }));
  const response = JSON.parse(Buffer.from(output.Payload ?? []).toString()) as WorkerResponse;
  if (response.kind !== "outcomes") throw new Error(`the worker answered ${response.kind}`);
}
const submit = (executor: LambdaExecutor) => async (i: number) => {
  if ((await executor.submit(fun, [i])) !== i * i) throw new Error(`wrong value at ${i}`);
};
await using tuned = createLambdaExecutor({ ...where, functionName });
await using fast = createLambdaExecutor({ ...where, functionName, fastClient: true });
const arms = {
  "client.send, the SDK as it comes": bareSend,
  "executor, fanopt's SDK client": submit(tuned),
  "executor, fast client": submit(fast),
};
type Arm = keyof typeof arms;
const names = Object.keys(arms) as Arm[];

/** Seconds for all points. */
async function measure(arm: Arm): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: POINTS }, (_, i) => arms[arm](i)));
  return (performance.now() - startedAt) / 1000;
}

const rounds: Record<Arm, number>[] = [];
for (let i = 0; i < WARM_UP + ROUNDS; i++) {
  const round = {} as Record<Arm, number>;
  for (const name of names) round[name] = await measure(name);
  if (i >= WARM_UP) rounds.push(round);
}

console.log(`${POINTS} points of 100 ms at once over TLS, warm (medians of ${ROUNDS})`);
for (const name of names) {
  const seconds = median(rounds.map((round) => round[name]));
  const ratio = median(rounds.map((round) => round[names[0]] / round[name]));
  console.log(`  ${name.padEnd(33)} ${seconds.toFixed(2)} s, ${ratio.toFixed(1)} × as fast as the SDK`);
}
console.log("  aim: at most 1.0 s, at least 2.5 × as fast as the SDK as it comes");
sdk.destroy();
server.stop();
