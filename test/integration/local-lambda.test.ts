import { Agent, request } from "node:http";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { dirname } from "node:path";
import {
  InvokeCommand,
  LambdaClient,
  RequestTooLargeException,
  ResourceNotFoundException,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { misbehavingHandler, TestLambda } from "../fixtures/local-lambda.ts";

let local: TestLambda;

beforeAll(async () => {
  process.env.AWS_SECRET_ACCESS_KEY = "the driver's secret";
  process.env.NODE_OPTIONS = "--no-warnings";
  local = await TestLambda.start({ environment: { MODEL: "seir" }, timeoutSeconds: 30, memoryMB: 512 });
});

afterAll(() => local[Symbol.asyncDispose]());

describe("an invocation", () => {
  test("answers what the handler returns, with version and request id", async () => {
    const answer = await local.call({ do: "echo", value: { x: [1, 2.5, -3e-7], text: "Größe 😀" } });
    expect(answer).toMatchObject({ statusCode: 200, functionError: undefined, version: "$LATEST" });
    expect(answer.value).toEqual({ x: [1, 2.5, -3e-7], text: "Größe 😀" });
    expect(answer.requestId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  test("answers null for a handler that returns nothing", async () => {
    expect((await local.call({ do: "nothing" })).value).toBeNull();
  });

  test("hands an empty request on as {}", async () => {
    expect((await local.call({}, { Payload: "" })).value).toEqual({});
  });

  test("of type Event is acknowledged by 202 and runs", async () => {
    const { value: before } = await local.call({ do: "who" });
    const answer = await local.call({ do: "who" }, { InvocationType: "Event" });
    expect(answer).toMatchObject({ statusCode: 202, value: undefined, log: undefined });
    await expect
      .poll(async () => (await local.call({ do: "who" })).value.invocations)
      .toBeGreaterThan(before.invocations + 1);
  });

  test("of type DryRun is answered by 204 and does not run", async () => {
    const { value: before } = await local.call({ do: "who" });
    expect(await local.call({ do: "who" }, { InvocationType: "DryRun" })).toMatchObject({
      statusCode: 204,
      value: undefined,
    });
    expect((await local.call({ do: "who" })).value.invocations).toBe(before.invocations + 1);
  });

  test("may name the function by its ARN, whole or partial, and by $LATEST", async () => {
    for (const FunctionName of [
      "arn:aws:lambda:us-east-1:000000000000:function:fanopt-local",
      "000000000000:function:fanopt-local",
      "fanopt-local:$LATEST",
    ])
      expect((await local.call({ do: "echo", value: 1 }, { FunctionName })).value).toBe(1);
  });
});

describe("the handler's surroundings", () => {
  test("context and environment are those of AWS Lambda", async () => {
    const { value, requestId } = await local.call({ do: "context" });
    const arn = "arn:aws:lambda:us-east-1:000000000000:function:fanopt-local";
    expect(value).toMatchObject({
      awsRequestId: requestId,
      functionName: "fanopt-local",
      functionVersion: "$LATEST",
      memoryLimitInMB: "512",
      invokedFunctionArn: arn,
      logGroupName: "/aws/lambda/fanopt-local",
      logStreamName: value.environment.AWS_LAMBDA_LOG_STREAM_NAME,
      folder: dirname(misbehavingHandler),
      offset: 0,
    });
    expect(value.remaining).toBeGreaterThan(0);
    expect(value.remaining).toBeLessThanOrEqual(30_000);
    expect(value.environment).toMatchObject({
      MODEL: "seir",
      AWS_LAMBDA_FUNCTION_NAME: "fanopt-local",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      AWS_REGION: "us-east-1",
      LAMBDA_TASK_ROOT: dirname(misbehavingHandler),
      _HANDLER: "misbehaving-handler.handler",
    });
    expect(value.environment.AWS_LAMBDA_RUNTIME_API).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(value.execArgv).toContain("--max-old-space-size=460");
  });

  test("nothing of the driver's environment leaks in", async () => {
    const { environment } = (await local.call({ do: "context" })).value;
    expect(environment.PATH).toBe(process.env.PATH);
    expect(environment).not.toHaveProperty("AWS_SECRET_ACCESS_KEY");
    expect(environment).not.toHaveProperty("NODE_OPTIONS");
    expect(environment).not.toHaveProperty("HOME");
  });
});

describe("the log tail", () => {
  test("has all that was printed, between START and END, and a REPORT", async () => {
    const { log = "", requestId } = await local.call({ do: "print", lines: ["first", "second"] });
    expect(log.split("\n")).toEqual([
      `START RequestId: ${requestId} Version: $LATEST`,
      expect.stringMatching(new RegExp(`^\\d{4}-.*Z\t${requestId}\tINFO\tfirst$`)),
      expect.stringMatching(/\tINFO\tsecond$/),
      "and to standard error",
      `END RequestId: ${requestId}`,
      expect.stringMatching(
        new RegExp(
          `^REPORT RequestId: ${requestId}\tDuration: \\d+\\.\\d\\d ms\tBilled Duration: \\d+ ms\tMemory Size: 512 MB\tMax Memory Used: \\d+ MB$`,
        ),
      ),
      "",
    ]);
  });

  test("is at most 4 KB, and its end", async () => {
    const lines = Array.from({ length: 300 }, (_, i) => `line ${i} ${"ü".repeat(40)}`);
    const { log = "" } = await local.call({ do: "print", lines });
    expect(Buffer.byteLength(log)).toBeLessThanOrEqual(4096);
    expect(Buffer.byteLength(log)).toBeGreaterThan(4092);
    expect(log).not.toContain("�");
    expect(log).toContain("line 299");
    expect(log).not.toContain("line 200 ");
  });

  test("comes only when asked for, and is not carried over to the next invocation", async () => {
    expect((await local.call({ do: "print", lines: ["unasked"] }, { LogType: "None" })).log).toBeUndefined();
    expect((await local.call({ do: "echo" })).log).not.toContain("unasked");
  });

  test("tells the Init Duration of a cold start, and of a cold start only", async () => {
    await using fresh = await TestLambda.start();
    expect((await fresh.call({ do: "echo" })).log).toMatch(/\tInit Duration: \d+\.\d\d ms/);
    expect((await fresh.call({ do: "echo" })).log).not.toContain("Init Duration");
  });
});

describe("the payload limits", () => {
  /** An event whose JSON has exactly so many bytes. */
  const eventOf = (bytes: number) => ({ do: "length", value: "x".repeat(bytes - '{"do":"length","value":""}'.length) });

  test("a request of 6,291,456 bytes runs, one more is RequestTooLargeException", async () => {
    const largest = eventOf(6_291_456);
    expect((await local.call(largest)).value).toBe(largest.value.length);
    const error = await local.call(eventOf(6_291_457)).catch((e) => e);
    expect(error).toBeInstanceOf(RequestTooLargeException);
    expect(error.$metadata.httpStatusCode).toBe(413);
    expect((await local.call({ do: "echo", value: "still there" })).value).toBe("still there");
  });

  test("a response of 6,291,556 bytes arrives, one more is Function.ResponseSizeTooLarge", async () => {
    const { value } = await local.call({ do: "large", length: 6_291_554 });
    expect(value).toHaveLength(6_291_554);
    const answer = await local.call({ do: "large", length: 6_291_555 });
    expect(answer).toMatchObject({ statusCode: 200, functionError: "Unhandled" });
    expect(answer.value.errorType).toBe("Function.ResponseSizeTooLarge");
    expect((await local.call({ do: "echo", value: "still there" })).value).toBe("still there");
  });

  test("an asynchronous request may have 1 MiB", async () => {
    expect((await local.call(eventOf(1_048_576), { InvocationType: "Event" })).statusCode).toBe(202);
    await expect(local.call(eventOf(1_048_577), { InvocationType: "Event" })).rejects.toBeInstanceOf(
      RequestTooLargeException,
    );
  });

  test("a body may come in small pieces, and the connection carries the next request", async () => {
    const body = JSON.stringify({ do: "length", value: "y".repeat(3_000_000) });
    const { endpoint, credentials, functionName } = local.lambda;
    const headers = {
      authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/20260101/us-east-1/lambda/aws4_request`,
    };
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const send = (pieces: string[]) =>
      new Promise<string>((resolve, reject) => {
        const path = `${endpoint}/2015-03-31/functions/${functionName}/invocations`;
        const sent = request(path, { method: "POST", agent, headers }, (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (piece) => (text += piece));
          response.on("end", () => resolve(text));
        });
        sent.on("error", reject);
        for (const piece of pieces) sent.write(piece);
        sent.end();
      });
    const pieces = Array.from({ length: Math.ceil(body.length / 10_007) }, (_, i) =>
      body.slice(i * 10_007, (i + 1) * 10_007),
    );
    expect(await send(pieces)).toBe("3000000");
    expect(await send(['{"do":', '"echo","value":', "7}"])).toBe("7");
    agent.destroy();
  });
});

describe("refusals", () => {
  test("another function is ResourceNotFoundException and names it", async () => {
    const error = await local.call({}, { FunctionName: "other" }).catch((e) => e);
    expect(error).toBeInstanceOf(ResourceNotFoundException);
    expect(error.message).toBe("Function not found: arn:aws:lambda:us-east-1:000000000000:function:other");
    await expect(local.call({}, { Qualifier: "7" })).rejects.toThrow("function:fanopt-local:7");
  });

  test("what is not JSON is InvalidRequestContentException", async () => {
    const error = await local.call({}, { Payload: '{"x": 1,}' }).catch((e) => e);
    expect(error).toMatchObject({ name: "InvalidRequestContentException", $metadata: { httpStatusCode: 400 } });
    expect(error.message).toMatch(/^Could not parse request body into json: /);
  });

  test("other operations and paths say what there is", async () => {
    const { endpoint, credentials } = local.lambda;
    const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/x`;
    for (const [method, path] of [
      ["GET", "/2015-03-31/functions/fanopt-local/invocations"],
      ["GET", "/2015-03-31/functions"],
      ["DELETE", "/"],
    ]) {
      const response = await fetch(endpoint + path, { method, headers: { authorization } });
      expect(response.status).toBe(404);
      expect(response.headers.get("x-amzn-errortype")).toBe("UnknownOperationException");
      expect(await response.json()).toMatchObject({ message: expect.stringContaining(`received ${method} ${path}`) });
    }
  });

  test("an unknown invocation type is named", async () => {
    const { endpoint, credentials, functionName } = local.lambda;
    const response = await fetch(`${endpoint}/2015-03-31/functions/${functionName}/invocations`, {
      method: "POST",
      headers: { authorization: `Credential=${credentials.accessKeyId}/x`, "x-amz-invocation-type": "Later" },
      body: "{}",
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ message: expect.stringContaining("Later") });
  });

  test("without this Lambda's own credentials nothing runs", async () => {
    const { endpoint, region, functionName } = local.lambda;
    const stranger = new LambdaClient({
      endpoint,
      region,
      credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" },
      maxAttempts: 1,
    });
    const error = await stranger.send(new InvokeCommand({ FunctionName: functionName })).catch((e) => e);
    expect(error).toMatchObject({ name: "UnrecognizedClientException", $metadata: { httpStatusCode: 403 } });
    stranger.destroy();
    const anonymous = await fetch(`${endpoint}/2015-03-31/functions/${functionName}/invocations`, {
      method: "POST",
      body: "{}",
    });
    expect(anonymous.status).toBe(403);
  });

  test("it listens on the loopback interface only", async () => {
    const port = Number(new URL(local.lambda.endpoint).port);
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const reachable = (host: string) =>
      new Promise<boolean>((resolve) => {
        const socket = connect({ host, port }, () => resolve(socket.destroy() !== undefined));
        socket.on("error", () => resolve(false));
      });
    expect(await reachable("127.0.0.1")).toBe(true);
    for (const { address, internal, family } of addresses)
      if (!internal && family === "IPv4") expect(await reachable(address)).toBe(false);
  });
});
