/**
 * What the embedded Lambda costs: `node test/bench/local-lambda.ts`. The baseline is the same client against a process that answers every
 * Invoke at once, with nothing behind it. On a busy machine trust the ratios. CPU of other processes needs Linux.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { startLocalLambda } from "../../src/executors/lambda/local/local-lambda.ts";

const BATCH = 16;
const BATCHES = 300;
const SEQUENTIAL = 400;
const ROUNDS = 2;
const WARM_UP = 400;
const CLOCK_TICKS_PER_SECOND = 100;
const credentials = { accessKeyId: "BENCH", secretAccessKey: "BENCH" };
const handlerFile = fileURLToPath(new URL("../fixtures/misbehaving-handler.mjs", import.meta.url));
const payload = JSON.stringify({ do: "echo", value: Array.from({ length: 10 }, (_, i) => Math.sqrt(i)) });

interface Figures {
  readonly sequentialMs: number;
  readonly batchMs: number;
  readonly invokesPerSecond: number;
  readonly driverMs: number;
  readonly behindMs: number;
}

async function measure(
  client: LambdaClient,
  inFlight: number,
  behind: () => number[],
  log: "None" | "Tail" = "None",
): Promise<Figures> {
  const invoke = () => client.send(new InvokeCommand({ FunctionName: "fanopt-local", Payload: payload, LogType: log }));
  const batch = async () => {
    let left = BATCH;
    const worker = async () => {
      while (left-- > 0) await invoke();
    };
    await Promise.all(Array.from({ length: Math.min(inFlight, BATCH) }, worker));
  };
  // So many invocations an environment that its code is compiled: an environment of the many that are cold would cost twice as much.
  for (let i = 0; i < (WARM_UP * inFlight) / BATCH; i++) await batch();

  const sequential: number[] = [];
  for (let i = 0; i < SEQUENTIAL; i++) sequential.push(await timed(invoke));

  const pids = behind();
  const cpuBefore = process.cpuUsage();
  const behindBefore = cpuSeconds(pids);
  const start = performance.now();
  const batches: number[] = [];
  for (let i = 0; i < BATCHES; i++) batches.push(await timed(batch));
  const elapsed = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuBefore);
  const invokes = BATCH * BATCHES;
  return {
    sequentialMs: median(sequential),
    batchMs: median(batches),
    invokesPerSecond: (invokes / elapsed) * 1_000,
    driverMs: (user + system) / 1_000 / invokes,
    behindMs: ((cpuSeconds(pids) - behindBefore) * 1_000) / invokes,
  };
}

/** A process that answers every request with what it was sent. */
async function startBareServer(): Promise<{ process: ChildProcess; endpoint: string }> {
  const source = `
    const server = require("node:http").createServer((request, response) => {
      const chunks = [];
      request.on("data", (chunk) => chunks.push(chunk));
      request.on("end", () => response.end(Buffer.concat(chunks)));
    });
    server.listen(0, "127.0.0.1", () => console.log(server.address().port));
    process.stdin.on("end", () => process.exit()).resume();`;
  const child = spawn(process.execPath, ["-e", source], { stdio: ["pipe", "pipe", "inherit"] });
  const port = await new Promise<string>((resolve) =>
    child.stdout.once("data", (text) => resolve(String(text).trim())),
  );
  return { process: child, endpoint: `http://127.0.0.1:${port}` };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

function statOf(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const fields = statOf(pid);
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / CLOCK_TICKS_PER_SECOND;
}

function withChildren(parent: number): number[] {
  const pids =
    process.platform === "linux"
      ? readdirSync("/proc")
          .filter((name) => /^\d+$/.test(name))
          .map(Number)
      : [];
  const isChild = (pid: number) => {
    try {
      return Number(statOf(pid)[1]) === parent;
    } catch {
      return false;
    }
  };
  return pids.length === 0 ? [] : [parent, ...pids.filter(isChild)];
}

function print(label: string, figures: Figures, baseline?: Figures): void {
  const ratio = (value: number, base: number | undefined) =>
    base === undefined ? "" : ` (${(value / base).toFixed(2)} × bare)`;
  const { sequentialMs, batchMs, invokesPerSecond, driverMs, behindMs } = figures;
  console.log(`${label}
  one at a time, p50            ${sequentialMs.toFixed(2)} ms${ratio(sequentialMs, baseline?.sequentialMs)}
  batch of ${BATCH}, median           ${batchMs.toFixed(2)} ms${ratio(batchMs, baseline?.batchMs)}
  invocations                   ${invokesPerSecond.toFixed(0)}/s
  CPU an invoke, driver         ${driverMs.toFixed(3)} ms
  CPU an invoke, behind it      ${behindMs.toFixed(3)} ms = ${(behindMs / driverMs).toFixed(2)} × the driver's`);
}

console.log(
  `batch of ${BATCH} invocations of a handler that returns 10 numbers; ${availableParallelism()} cores; node ${process.version}`,
);
console.log(`aims: batch of ${BATCH} in 12 ms or less; CPU of emulator and environments at most 1 × the driver's\n`);

for (let round = 1; round <= ROUNDS; round++) {
  const bare = await startBareServer();
  const bareClient = new LambdaClient({ endpoint: bare.endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  const bareFigures = await measure(bareClient, BATCH, () => withChildren(bare.process.pid ?? 0));
  print(`round ${round}: bare HTTP server, ${BATCH} in flight`, bareFigures);
  bareClient.destroy();
  bare.process.stdin?.end();

  for (const concurrency of [...new Set([availableParallelism(), 2 * availableParallelism(), BATCH])]) {
    await using lambda = await startLocalLambda({ handlerFile, concurrency });
    const { endpoint, region } = lambda;
    const client = new LambdaClient({ endpoint, region, credentials: lambda.credentials, maxAttempts: 1 });
    const figures = await measure(client, concurrency, () => withChildren(lambda.pid));
    print(`round ${round}: embedded Lambda, concurrency ${concurrency}`, figures, bareFigures);
    if (concurrency === availableParallelism()) {
      const withLog = await measure(client, concurrency, () => withChildren(lambda.pid), "Tail");
      print(`round ${round}: the same, and the log tail comes back`, withLog, bareFigures);
    }
    client.destroy();
  }
  console.log();
}
