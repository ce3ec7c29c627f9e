import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { buildInternalFun } from "../../src/problem/internal-fun.ts";
import type { Outcome } from "../../src/problem/outcome.ts";
import { evaluateChunk } from "../../src/worker/chunk-entry.ts";
import type { ChunkReply, ChunkRequest } from "../../src/worker/chunk-protocol.ts";
import { chunkOf, endsOf, inSharedMemory, partsOf } from "./chunk-requests.ts";
import { artifactOf } from "./requests.ts";

const fun = buildInternalFun({ fun: (p: readonly number[]) => p[0] / p[1], params: [1, 2] });
const points = [
  [1, 3],
  [-1, 0],
  [0, 0],
].map((x) => new Float64Array(x));
const results = [1 / 3, Number.NEGATIVE_INFINITY, Number.NaN];
const outcomes = (reply: ChunkReply) =>
  (endsOf(reply) as Outcome[]).map(({ value, historyEntry }) => [value, historyEntry.worker]);

it("one worker serves the calls of a process", async () => {
  const artifact = await artifactOf(fun);
  const name = expect.stringMatching(`^(process-${process.pid}|thread-${process.pid}\\.\\d+)$`);
  expect(outcomes(await evaluateChunk(chunkOf(artifact, points)))).toEqual(results.map((value) => [value, name]));
  expect(outcomes(await evaluateChunk(chunkOf(artifact, points, partsOf(artifact, "none"))))).toHaveLength(3);
});

it("a thread is a worker of its own, with the artifact in shared memory", async () => {
  const entry = fileURLToPath(new URL("../../src/worker/chunk-entry.ts", import.meta.url));
  const contents = `
    import { parentPort } from "node:worker_threads";
    import { evaluateChunk } from ${JSON.stringify(entry)};
    parentPort.on("message", async (request) => {
      const reply = await evaluateChunk(request);
      parentPort.postMessage(reply, "values" in reply ? [reply.values.buffer] : []);
    });`;
  const options = { bundle: true, write: false, platform: "node", format: "cjs", target: "node22" } as const;
  const stdin = { contents, resolveDir: process.cwd(), loader: "ts" } as const;
  const { outputFiles } = await build({ ...options, stdin, external: ["esbuild"], logLevel: "silent" });
  const worker = new Worker(outputFiles[0].text, { eval: true });
  try {
    const ask = (request: ChunkRequest) =>
      new Promise<ChunkReply>((resolve, reject) => {
        worker.once("message", resolve).once("error", reject);
        worker.postMessage(request, [request.args.buffer as ArrayBuffer]);
      });
    const artifact = await artifactOf(fun);
    const shared = { content: { hash: artifact.hash, bytes: inSharedMemory(artifact.bytes) } };
    expect(await ask(chunkOf(artifact, points, partsOf(artifact, "none")))).toEqual({
      kind: "need",
      parts: ["content"],
    });
    const name = `thread-${process.pid}.${worker.threadId}`;
    expect(outcomes(await ask(chunkOf(artifact, points, shared)))).toEqual(results.map((value) => [value, name]));
  } finally {
    await worker.terminate();
  }
});
