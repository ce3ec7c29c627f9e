/** Whatever is in the driver's environment and credentials: none of it is in what is sent, nor in what evaluations see. */

import { randomBytes } from "node:crypto";
import { brotliDecompressSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { deployedHandlerFile } from "../../src/executors/lambda/handler-file.ts";
import { type LocalLambda, startLocalLambda } from "../../src/executors/lambda/local/local-lambda.ts";
import { createLambdaExecutor, defineCriterion, executorBatchEvaluator } from "../../src/index.ts";
import type { WorkerRequest } from "../../src/worker/protocol.ts";
import type { modeAtLoad, nosy } from "../fixtures/nosy-criterion.ts";
import { RecordingProxy } from "../fixtures/recording-proxy.ts";

const module = new URL("../fixtures/nosy-criterion.ts", import.meta.url);
/** Long and of no meaning: found anywhere, it is this one. */
const secret = () => randomBytes(16).toString("hex");
const secrets = {
  FANOPT_TEST_SECRET: secret(),
  AWS_SECRET_ACCESS_KEY: secret(),
  AWS_SESSION_TOKEN: secret(),
  DATABASE_URL: `postgres://user:${secret()}@host/db`,
  NODE_AUTH_TOKEN: secret(),
};
const secretAccessKey = secret();

let lambda: LocalLambda;
let proxy: RecordingProxy;
beforeAll(async () => {
  // Before the emulator starts: its processes must not inherit them either.
  for (const [name, value] of Object.entries(secrets)) vi.stubEnv(name, value);
  lambda = await startLocalLambda({ handlerFile: deployedHandlerFile(), concurrency: 2, memoryMB: 512 });
  proxy = await new RecordingProxy(() => lambda.endpoint).start();
});
afterEach(() => {
  proxy.requests.length = 0;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([proxy?.[Symbol.asyncDispose](), lambda?.close()]);
});

const executor = () =>
  createLambdaExecutor({
    functionName: lambda.functionName,
    endpoint: proxy.endpoint,
    region: lambda.region,
    credentials: { accessKeyId: lambda.credentials.accessKeyId, secretAccessKey },
    artifacts: { bucket: lambda.artifactBucket },
  });

/** All that was sent, in every form it could be read in. */
function everythingSent(): string {
  return proxy.requests
    .map(({ method, url, headers, body }) => {
      const head = `${method} ${decodeURIComponent(url)} ${JSON.stringify(headers)}`;
      return [head, body.toString("latin1"), ...opened(body)].join("\n");
    })
    .join("\n");
}

function opened(body: Buffer): string[] {
  const [first] = body;
  if (first !== 0x7b) return body.length === 0 ? [] : [brotliDecompressSync(body).toString("latin1")];
  const { content, data } = JSON.parse(body.toString()) as WorkerRequest;
  return [content, data].flatMap((part) =>
    part?.inline === undefined ? [] : brotliDecompressSync(Buffer.from(part.inline, "base64")).toString("latin1"),
  );
}

/** Secrets as they are and as base64 would have them, at each of its three offsets. */
function formsOf(value: string): string[] {
  const encoded = [0, 1, 2].map((shift) =>
    Buffer.from(" ".repeat(shift) + value)
      .toString("base64")
      .slice(4, -4),
  );
  return [value, ...encoded, encodeURIComponent(value)];
}

const found = (text: string) =>
  Object.entries({ ...secrets, secretAccessKey })
    .filter(([, value]) => formsOf(value).some((form) => text.includes(form)))
    .map(([name]) => name);

describe("what is sent", () => {
  it.each([
    ["inline", [1, 2, 3]],
    ["by the store", Array.from({ length: 1_000_000 }, () => Math.random())],
  ])("has no environment variable and no credential in it: %s", async (_way, data) => {
    await using sending = executor();
    const fun = defineCriterion<typeof nosy>(module, { export: "nosy", args: [data] });
    const results = await executorBatchEvaluator(sending)(fun, [1, 2, 3]);
    expect(results.map((result) => (typeof result === "string" ? result : result.value - data.length))).toEqual([
      1, 2, 3,
    ]);
    const sent = everythingSent();
    // It is looked at in the clear: the code is found, and so would be a secret.
    expect(sent).toContain("process.env");
    expect(proxy.requests.some(({ method }) => method === "PUT")).toBe(data.length > 3);
    expect(found(sent)).toEqual([]);
    expect(found(JSON.stringify(results))).toEqual([]);
  });

  it("would be noticed: what the user puts into args does travel", async () => {
    await using sending = executor();
    const data: readonly never[] = [secrets.DATABASE_URL as never];
    await executorBatchEvaluator(sending)(defineCriterion<typeof nosy>(module, { export: "nosy", args: [data] }), [1]);
    expect(found(everythingSent())).toEqual(["DATABASE_URL"]);
  });
});

describe("what an evaluation sees", () => {
  it("is not the driver's environment, neither in the code nor in the process", async () => {
    await using sending = executor();
    expect(
      await sending.submit(defineCriterion<typeof modeAtLoad>(module, { export: "modeAtLoad" }), undefined as never),
    ).toBe("unset");
    const { environment } = await sending.submit(
      defineCriterion<typeof nosy>(module, { export: "nosy", args: [[]] }),
      1,
    );
    expect(
      Object.keys(environment).filter((name) => Object.hasOwn(secrets, name) || /CREDENTIAL|SECRET|TOKEN/.test(name)),
    ).toEqual([]);
    expect(environment).toHaveProperty("AWS_LAMBDA_FUNCTION_NAME");
  });
});
