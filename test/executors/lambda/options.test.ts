import { describe, expect, it } from "vitest";
import { createLambdaExecutor } from "../../../src/executors/lambda/executor.ts";
import { type LambdaExecutorOptions, localByEnvironment } from "../../../src/executors/lambda/options.ts";

describe("createLambdaExecutor", () => {
  it.each<[unknown, string]>([
    [null, "options must be an object, received null."],
    [{ functionname: "f" }, "unknown option functionname. Did you mean functionName?"],
    [{ functionName: "" }, 'functionName must be a non-empty string, received "".'],
    [{ qualifier: 3 }, "qualifier must be a non-empty string, received 3."],
    [{ region: null }, "region must be a non-empty string, received null."],
    [{ endpoint: "" }, 'endpoint must be a non-empty string, received "".'],
    [{ maxConcurrency: 0 }, "maxConcurrency must be a positive integer, received 0."],
    [{ maxConcurrency: 1.5 }, "maxConcurrency must be a positive integer, received 1.5."],
    [{ maxConcurrency: "4" }, 'maxConcurrency must be a positive integer, received "4".'],
    [{ requestTimeoutSeconds: -1 }, "requestTimeoutSeconds must be a positive number of at most 2147483, received -1."],
    [
      { requestTimeoutSeconds: 1e9 },
      "requestTimeoutSeconds must be a positive number of at most 2147483, received 1000000000.",
    ],
    [{ retrySeconds: Number.NaN }, "retrySeconds must be a positive number, received NaN."],
    [{ retrySeconds: Number.POSITIVE_INFINITY }, "retrySeconds must be a positive number, received Infinity."],
    [{ client: {} }, "client must be a LambdaClient, received {}."],
    [
      { client: { send() {}, config: {} }, region: "x" },
      "client and region exclude each other: set it where the client is made.",
    ],
    [{ fastClient: "yes" }, 'fastClient must be true or false, received "yes".'],
    [
      { client: { send() {}, config: {} }, fastClient: true },
      "client and fastClient exclude each other: leave one of them out.",
    ],
    [{ artifacts: "bucket" }, 'artifacts must be an object such as { bucket }, received "bucket".'],
    [{ artifacts: { buckets: "b" } }, "artifacts: unknown option buckets. Did you mean bucket?"],
    [{ artifacts: { bucket: "" } }, 'artifacts.bucket must be a non-empty string, received "".'],
    [{ artifacts: { endpoint: "localhost:4566" } }, "artifacts.endpoint must be a URL such as http://127.0.0.1:4566"],
    [
      { artifacts: { workerEndpoint: "s3" } },
      'artifacts.workerEndpoint must be a URL such as http://127.0.0.1:4566, received "s3".',
    ],
    [{ local: "yes" }, 'local must be true, false or an object, received "yes".'],
    [{ local: null }, "local must be true, false or an object, received null."],
    [{ local: true, functionName: "f" }, "local and functionName exclude each other"],
    [{ local: {}, endpoint: "http://x" }, "local and endpoint exclude each other"],
    [{ local: { memory: 1 } }, "local: unknown option memory. Did you mean memoryMB?"],
    [{ local: { concurrency: 0 } }, "local.concurrency must be a positive integer, received 0."],
    [{ local: { timeoutSeconds: "3" } }, 'local.timeoutSeconds must be a positive number, received "3".'],
    [{ local: { memoryMB: 0.5 } }, "local.memoryMB must be a positive integer, received 0.5."],
    [
      { local: { timeoutSeconds: 60 }, requestTimeoutSeconds: 60 },
      "requestTimeoutSeconds must be above local.timeoutSeconds = 60, received 60: an evaluation that still runs would be taken for a lost one.",
    ],
  ])("refuses %j", (options, message) => {
    expect(() => createLambdaExecutor(options as LambdaExecutorOptions)).toThrow(message);
    expect(() => createLambdaExecutor(options as LambdaExecutorOptions)).toThrow(/^createLambdaExecutor: /);
  });

  it("takes all there is, and nothing", () => {
    expect(() => createLambdaExecutor()).not.toThrow();
    expect(() =>
      createLambdaExecutor({
        functionName: "f",
        qualifier: "1",
        region: "eu-central-1",
        endpoint: "http://127.0.0.1:1",
        credentials: { accessKeyId: "a", secretAccessKey: "b" },
        maxConcurrency: 10,
        requestTimeoutSeconds: 930,
        retrySeconds: 0.5,
        local: false,
        fastClient: true,
      }),
    ).not.toThrow();
    expect(() =>
      createLambdaExecutor({ local: { concurrency: 2, timeoutSeconds: 0.5, memoryMB: 128 }, fastClient: true }),
    ).not.toThrow();
  });
});

describe("FANOPT_LAMBDA", () => {
  it.each<[string | undefined, LambdaExecutorOptions, boolean]>([
    [undefined, {}, false],
    ["", {}, false],
    ["local", {}, true],
    ["local", { maxConcurrency: 3 }, true],
    ["local", { functionName: "f" }, false],
    ["local", { endpoint: "http://127.0.0.1:4566" }, false],
  ])("%j with %j: %s", (value, options, local) => {
    expect(localByEnvironment(options, { FANOPT_LAMBDA: value })).toBe(local);
  });

  it("is not misread", () => {
    expect(() => localByEnvironment({}, { FANOPT_LAMBDA: "locl" })).toThrow(
      'FANOPT_LAMBDA must be local, for the embedded Lambda, or absent, for AWS; received "locl".',
    );
  });
});
