import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, describe, expect, it } from "vitest";
import { AbortError, InfrastructureError, SubmissionError } from "../../../src/errors.ts";
import { executorBatchEvaluator } from "../../../src/evaluation/executor-batch-evaluator.ts";
import { isTraceback } from "../../../src/evaluation/traceback.ts";
import { FunctionError } from "../../../src/executors/lambda/errors.ts";
import { createLambdaExecutor, lambdaExecutor } from "../../../src/executors/lambda/executor.ts";
import { defineCriterion } from "../../../src/transport/define-criterion.ts";
import { createHandler } from "../../../src/worker/handler.ts";
import { PROTOCOL_VERSION } from "../../../src/worker/protocol.ts";
import { failure, Project } from "../../transport/project.ts";
import { tenMinutes } from "../../worker/requests.ts";
import { type Call, evaluator, give, optionsFor, refuse, ScriptedLambda } from "./scripted-lambda.ts";

const project = new Project({
  "model.ts": `
    export const double = (p: number) => 2 * p;
    export const fail = (p: number) => { if (p > 1) throw new RangeError("too large"); return p; };
    export const large = (p: number, data: Float64Array) => p + data.length;
  `,
});
afterAll(() => project[Symbol.dispose]());
const define = (name: string, args: readonly unknown[] = []) =>
  defineCriterion<(p: number, ...args: unknown[]) => number>(project.url("model.ts"), { export: name, args });
const double = define("double");

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("lambda executor", () => {
  it("invokes once a task, gives results in order, and never more at once than allowed", async () => {
    const evaluate = evaluator();
    await using lambda = await ScriptedLambda.start(async (call) => {
      await sleep((call.index * 7) % 20);
      give(call, await evaluate(call));
    });
    await using executor = createLambdaExecutor(lambda.options({ maxConcurrency: 3, qualifier: "live" }));
    const args = Array.from({ length: 20 }, (_, i) => i);
    expect(await executorBatchEvaluator(executor)(double, args)).toEqual(args.map((n) => 2 * n));
    expect(lambda.calls).toHaveLength(20);
    expect(lambda.maxInFlight).toBe(3);
    expect(lambda.calls[0].path).toBe("/2015-03-31/functions/test-evaluator/invocations?Qualifier=live");
    expect(executor.counts).toMatchObject({ invocations: 20, throttles: 0, reconnects: 0, artifactMisses: 0 });
    expect(executor.counts.coldStarts).toBeLessThanOrEqual(3);
  });

  it("waits as long as a throttled invocation asks for, and tries again", async () => {
    const evaluate = evaluator();
    const times: number[] = [];
    await using lambda = await ScriptedLambda.start(async (call) => {
      times.push(performance.now());
      const body = { Reason: "ReservedFunctionConcurrentInvocationLimitExceeded" };
      if (call.index === 0) refuse(call, 429, "TooManyRequestsException", body, { "retry-after": "1" });
      else if (call.index === 1) refuse(call, 429, "TooManyRequestsException", body);
      else give(call, await evaluate(call));
    });
    await using executor = createLambdaExecutor(lambda.options());
    expect(await executor.submit(double, 4)).toBe(8);
    expect(executor.counts).toMatchObject({ invocations: 1, throttles: 2 });
    expect(times[1] - times[0]).toBeGreaterThanOrEqual(1000);
  });

  it("gives up on throttling after retrySeconds, with the reason", async () => {
    await using lambda = await ScriptedLambda.start((call) =>
      refuse(
        call,
        429,
        "TooManyRequestsException",
        { Reason: "ConcurrentInvocationLimitExceeded" },
        { "retry-after": "5" },
      ),
    );
    await using executor = createLambdaExecutor(lambda.options({ retrySeconds: 0.5 }));
    const error = await failure(() => executor.submit(double, 1));
    expect(error).toBeInstanceOf(InfrastructureError);
    expect(error).toMatchObject({ code: "throttled", cause: { name: "TooManyRequestsException" } });
    expect(error.message).toMatch(
      /^The function test-evaluator could not be invoked in [\d.e-]+ s and 1 attempt: TooManyRequestsException \(ConcurrentInvocationLimitExceeded\): .*\. It asked to be tried again in 5 s\. Others use up the account's/,
    );
  });

  it("does not give up a throttled invocation while others get through: it waits for its turn", async () => {
    const evaluate = evaluator();
    let nRefused = 0;
    await using lambda = await ScriptedLambda.start(async (call) => {
      const isLast = JSON.stringify(call.request.tasks).includes("7");
      if (isLast && nRefused++ < 2) refuse(call, 429, "TooManyRequestsException", {}, { "retry-after": "1" });
      else give(call, await evaluate(call));
    });
    await using executor = createLambdaExecutor(lambda.options({ retrySeconds: 2 }));
    const last = executor.submit(double, 7);
    let waits = true;
    const others = (async () => {
      while (waits) expect(await sleep(50).then(() => executor.submit(double, 1))).toBe(2);
    })();
    const result = await last.finally(() => {
      waits = false;
    });
    await others;
    expect(result).toBe(14);
    expect(executor.counts.throttles).toBe(2);
  });

  it("tries again where no connection could be made", async () => {
    const port = await freePort();
    await using executor = createLambdaExecutor(optionsFor(port));
    const result = executor.submit(double, 5);
    while (executor.counts.reconnects === 0) await sleep(5);
    const evaluate = evaluator();
    await using lambda = await ScriptedLambda.start(async (call) => give(call, await evaluate(call)), port);
    expect(await result).toBe(10);
    expect(lambda.calls).toHaveLength(1);
  });

  it("gives up on connecting after retrySeconds", async () => {
    await using executor = createLambdaExecutor(optionsFor(await freePort(), { retrySeconds: 0.2 }));
    const error = await failure(() => executor.submit(double, 5));
    expect(error).toMatchObject({ name: "InfrastructureError", code: "not-connected" });
    expect(error.message).toMatch(
      /could not be invoked in 0\.\d+ s and \d+ attempts?: .*ECONNREFUSED.* Check the network, the region/,
    );
  });

  it.each<[string, (call: Call) => void]>([
    ["a connection that is reset", ({ socket }) => socket.resetAndDestroy()],
    ["a connection that is closed", ({ socket }) => socket.destroy()],
    [
      "half an answer",
      ({ response, socket }) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("{");
        setTimeout(() => socket.destroy(), 20);
      },
    ],
    ["status 500", (call) => refuse(call, 500, "ServiceException")],
    ["status 502", ({ response }) => response.writeHead(502).end("<html>Bad gateway</html>")],
    ["status 503", ({ response }) => response.writeHead(503).end()],
    ["text that is no JSON", (call) => give(call, "plain text")],
    ["an empty answer", (call) => give(call, "")],
    ["an answer that was cut", (call) => give(call, '{"protocol": 2, "kind": "outc')],
  ])(
    "evaluates again where an answer was lost, counts it, and gives up after three and retrySeconds: %s",
    async (_what, act) => {
      const evaluate = evaluator();
      await using once = await ScriptedLambda.start(async (call) =>
        call.index === 0 ? act(call) : give(call, await evaluate(call)),
      );
      await using lucky = createLambdaExecutor(once.options());
      expect(await lucky.submit(double, 4)).toBe(8);
      expect(lucky.counts).toMatchObject({ invocations: 2, duplicates: 1, throttles: 0, reconnects: 0 });
      expect(once.calls).toHaveLength(2);

      await using always = await ScriptedLambda.start(act);
      await using executor = createLambdaExecutor(always.options({ retrySeconds: 0.05 }));
      const error = await failure(() => executor.submit(double, 1));
      expect(error).toBeInstanceOf(InfrastructureError);
      expect(error.code).toBe("invocation-lost");
      expect(error.message).toMatch(
        /^The function test-evaluator \(from the option functionName\) in eu-central-1 was invoked \d times in [\d.]+ s at the argument 1, and each time its answer was lost; the last: .* It may have run each time/,
      );
      const nCalls = always.calls.length;
      expect(nCalls).toBeGreaterThanOrEqual(3);
      expect(executor.counts).toMatchObject({ invocations: nCalls, duplicates: nCalls - 1 });
      await sleep(50);
      expect(always.calls).toHaveLength(nCalls);
    },
  );

  it.each([
    ["ResourceConflictException", 409],
    ["ENINotReadyException", 502],
    ["SnapStartNotReadyException", 409],
  ])("waits for a function that is not ready: %s", async (type, status) => {
    const evaluate = evaluator();
    await using lambda = await ScriptedLambda.start(async (call) =>
      call.index < 2 ? refuse(call, status, type) : give(call, await evaluate(call)),
    );
    await using executor = createLambdaExecutor(lambda.options());
    expect(await executor.submit(double, 4)).toBe(8);
    expect(executor.counts).toMatchObject({ invocations: 1, reconnects: 2, duplicates: 0 });
    await using hopeless = await ScriptedLambda.start((call) => refuse(call, status, type));
    await using impatient = createLambdaExecutor(hopeless.options({ retrySeconds: 0.2 }));
    await expect(impatient.submit(double, 4)).rejects.toMatchObject({ code: "not-ready" });
  });

  it("has patience with each reason anew: what was refused for long is not given up at the first sign of another trouble", async () => {
    const evaluate = evaluator();
    await using lambda = await ScriptedLambda.start(async (call) => {
      const wait = { "retry-after": "0.5" };
      if (call.index === 0) refuse(call, 429, "TooManyRequestsException", {}, wait);
      else if (call.index === 1) refuse(call, 502, "ENINotReadyException", {}, wait);
      else if (call.index === 2) refuse(call, 403, "InvalidSignatureException", { message: "Signature expired: now" });
      else give(call, await evaluate(call));
    });
    await using executor = createLambdaExecutor(lambda.options({ retrySeconds: 0.65 }));
    expect(await executor.submit(double, 4)).toBe(8);
  });

  it("a listener that throws ends the batch, and nothing else", async () => {
    const evaluate = evaluator();
    await using lambda = await ScriptedLambda.start(async (call) => give(call, await evaluate(call)));
    await using executor = createLambdaExecutor(lambda.options({ maxConcurrency: 2 }));
    const onUsage = () => {
      throw new Error("the disk is full");
    };
    await expect(executorBatchEvaluator(executor)(double, [1, 2, 3], { onUsage })).rejects.toThrow("the disk is full");
    await expect(executor.submit(double, 1, { onUsage })).rejects.toThrow("the disk is full");
    expect(await executorBatchEvaluator(executor)(double, [1, 2, 3])).toEqual([2, 4, 6]);
  });

  it.each<[string, (call: Call) => void]>([
    ["refused", (call) => refuse(call, 429, "TooManyRequestsException")],
    ["lost", ({ socket }) => socket.resetAndDestroy()],
  ])("sends nothing again that was %s after its batch had failed", async (_what, act) => {
    const evaluate = evaluator();
    const gate = Promise.withResolvers<void>();
    await using lambda = await ScriptedLambda.start(async (call) => {
      if (call.request.tasks[0].tree === 5) return give(call, await evaluate(call));
      await gate.promise;
      act(call);
    });
    await using executor = createLambdaExecutor(lambda.options());
    const batch = executorBatchEvaluator(executor)(define("fail"), [1, 5, 1], {
      onSettled: (_index, { ok }) => {
        if (!ok) setTimeout(gate.resolve, 20);
      },
    });
    await expect(batch).rejects.toThrow("too large");
    expect(lambda.calls).toHaveLength(3);
  });

  it("counts what was under way when it was aborted: it is billed", async () => {
    await using lambda = await ScriptedLambda.start(() => {});
    await using executor = createLambdaExecutor(lambda.options());
    const controller = new AbortController();
    const told: number[] = [];
    const batch = executorBatchEvaluator(executor)(double, [1, 2], {
      signal: controller.signal,
      onUsage: (index, { invocations }) => told.push(index, invocations),
    });
    batch.catch(() => {});
    while (lambda.calls.length < 2) await sleep(5);
    controller.abort();
    expect(told).toEqual([0, 1, 1, 1]);
    expect(executor.counts.invocations).toBe(2);
    await expect(batch).rejects.toBeInstanceOf(AbortError);
  });

  it("ends what is in flight through a client of the user's, too, when it is closed", async () => {
    await using lambda = await ScriptedLambda.start(() => {});
    const { functionName, ...config } = lambda.options();
    const client = new LambdaClient({ ...(config as object), maxAttempts: 1 });
    const executor = createLambdaExecutor({ functionName: functionName as string, client });
    const { signal } = new AbortController();
    const tasks = [executor.submit(double, 1, { signal }), executor.submit(double, 2)].map((task) =>
      failure(() => task),
    );
    while (lambda.calls.length < 2) await sleep(5);
    await executor.close();
    for (const error of await Promise.all(tasks)) expect(error).toMatchObject({ code: "executor-closed" });
    for (const { response } of lambda.calls) while (!response.destroyed) await sleep(5);
    client.destroy();
  });

  it("takes an answer that comes too late for lost", async () => {
    const evaluate = evaluator();
    await using lambda = await ScriptedLambda.start(async (call) => {
      if (call.index > 0) give(call, await evaluate(call));
    });
    await using executor = createLambdaExecutor(lambda.options({ requestTimeoutSeconds: 0.3 }));
    expect(await executor.submit(double, 1)).toBe(2);
    expect(executor.counts.duplicates).toBe(1);
    expect(lambda.calls).toHaveLength(2);
  });

  it("throws it under continue, too, and drops what has not been sent", async () => {
    const evaluate = evaluator();
    await using lambda = await ScriptedLambda.start(async (call) =>
      JSON.stringify(call.request.tasks[0]).includes("1")
        ? refuse(call, 500, "ServiceException")
        : give(call, await evaluate(call)),
    );
    await using executor = createLambdaExecutor(lambda.options({ maxConcurrency: 1, retrySeconds: 0.05 }));
    const batch = executorBatchEvaluator(executor)(double, [1, 2, 3], { errorHandling: "continue" });
    await expect(batch).rejects.toMatchObject({ code: "invocation-lost" });
    await sleep(50);
    expect(lambda.calls.every(({ request }) => request.tasks[0].tree === 1)).toBe(true);
  });

  it.each<[string, (call: Call) => void, string, RegExp]>([
    [
      "an unknown function",
      (call) => refuse(call, 404, "ResourceNotFoundException", { Message: "Function not found: arn:…:x" }),
      "function-not-found",
      /^There is no Lambda function test-evaluator \(from the option functionName\) in eu-central-1\. Deploy it \(npx sst deploy\)/,
    ],
    [
      "credentials without the permission",
      (call) => refuse(call, 403, "AccessDeniedException"),
      "not-authorized",
      /^AWS refused the credentials .*AccessDeniedException.* needs lambda:InvokeFunction; check the profile/,
    ],
    ["expired credentials", (call) => refuse(call, 403, "ExpiredTokenException"), "not-authorized", /sign in again/],
    [
      "a request that is too large",
      (call) => refuse(call, 413, "RequestTooLargeException"),
      "request-too-large",
      /larger than the 6 MB/,
    ],
    [
      "a function whose code cannot be decrypted",
      (call) => refuse(call, 502, "KMSAccessDeniedException"),
      "invocation-refused",
      /^AWS cannot start .*KMSAccessDeniedException.* Mend the function's settings/,
    ],
    [
      "another function",
      (call) => give(call, { hello: "world" }),
      "not-an-evaluator",
      /^The function .* is not fanopt's evaluator: it answered "\{\\"hello\\":\\"world\\"\}"/,
    ],
    ["a number", (call) => give(call, "3"), "not-an-evaluator", /answered "3"/],
    ["null", (call) => give(call, "null"), "not-an-evaluator", /answered "null"/],
    [
      "an older evaluator",
      (call) => give(call, { protocol: PROTOCOL_VERSION - 1, version: "0.0.9", kind: "outcomes", outcomes: [] }),
      "protocol-mismatch",
      /runs fanopt 0\.0\.9 with protocol 4; this driver is .* The function is older: deploy it again .* Nothing was evaluated/,
    ],
    [
      "a newer evaluator",
      (call) => give(call, { protocol: PROTOCOL_VERSION + 1, version: "9.0.0", kind: "mismatch" }),
      "protocol-mismatch",
      /runs fanopt 9\.0\.0 .* This driver is older: install the newer fanopt here/,
    ],
    [
      "two outcomes for one task",
      (call) => give(call, { protocol: PROTOCOL_VERSION, kind: "outcomes", outcomes: [{}, {}], invocation: 2 }),
      "protocol",
      /where one outcome was expected/,
    ],
  ])("explains %s, and asks once", async (_what, act, code, message) => {
    await using lambda = await ScriptedLambda.start(act);
    await using executor = createLambdaExecutor(lambda.options());
    const error = await failure(() => executor.submit(double, 1));
    expect(error).toBeInstanceOf(InfrastructureError);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(lambda.calls).toHaveLength(1);
  });

  it.each<[string, object, string, RegExp]>([
    [
      "timeout",
      { errorType: "Sandbox.Timedout", errorMessage: "RequestId: 1 Error: Task timed out after 3.00 seconds" },
      "",
      /raise the timeout/,
    ],
    [
      "memory",
      { errorType: "Runtime.ExitError", errorMessage: "RequestId: 1 Error: Runtime exited with error: signal: killed" },
      "",
      /out of memory: compare/,
    ],
    [
      "heap",
      { errorType: "Runtime.ExitError", errorMessage: "exit status 134" },
      "FATAL ERROR: JavaScript heap out of memory",
      /out of memory/,
    ],
    [
      "exit",
      { errorType: "Runtime.ExitError", errorMessage: "Runtime exited with error: exit status 7" },
      "",
      /called process\.exit or crashed/,
    ],
    [
      "size",
      { errorType: "Function.ResponseSizeTooLarge", errorMessage: "too large" },
      "",
      /larger than the 6 MB that Lambda carries back: return less info, or fewer residuals\./,
    ],
    ["garbage", [], "", /look at its log/],
  ])("tells how a function failed: %s", async (_what, payload, log, remedy) => {
    await using lambda = await ScriptedLambda.start((call) =>
      give(call, payload, {
        "x-amz-function-error": "Unhandled",
        "x-amz-log-result": Buffer.from(`START\n${log}\nREPORT Max Memory Used: 9 MB\n`).toString("base64"),
      }),
    );
    await using executor = createLambdaExecutor(lambda.options());
    const error = (await failure(() => executor.submit(double, 4))) as unknown as FunctionError;
    expect(error).toBeInstanceOf(FunctionError);
    expect(error.message).toMatch(/^The function test-evaluator failed at the argument 4 after \d+\.\d s: /);
    expect(error.message).toMatch(remedy);
    expect(error.message).toMatch(/Its log ended with:\n {2}\| START\n[\s\S]*\| REPORT Max Memory Used: 9 MB$/);
    expect(error.logTail).toMatch(/REPORT/);
    const [slot] = await executorBatchEvaluator(executor)(double, [4], { errorHandling: "continue", onSettled() {} });
    expect(isTraceback(slot)).toBe(true);
  });

  it("takes a handler that cannot be loaded for the deployment's fault, not the point's", async () => {
    const payload = { errorType: "Runtime.ImportModuleError", errorMessage: "Error: Cannot find module 'evaluator'" };
    await using lambda = await ScriptedLambda.start((call) =>
      give(call, payload, { "x-amz-function-error": "Unhandled" }),
    );
    await using executor = createLambdaExecutor(lambda.options());
    const batch = executorBatchEvaluator(executor)(double, [1, 2], { errorHandling: "continue" });
    await expect(batch).rejects.toMatchObject({ name: "InfrastructureError", code: "evaluator-broken" });
    await expect(batch).rejects.toThrow(
      /cannot load its handler: Runtime\.ImportModuleError: .* Deploy the evaluator again/,
    );
  });

  it("brings the criterion's own error home", async () => {
    const evaluate = evaluator();
    await using lambda = await ScriptedLambda.start(async (call) => give(call, await evaluate(call)));
    await using executor = createLambdaExecutor(lambda.options());
    const error = await failure(() => executor.submit(define("fail"), 2));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.stack).toMatch(/^RangeError: too large\n +at fail \(.*model\.ts:3:59\)$/);
  });

  it("aborts what is in flight and what waits, and asks for nothing more", async () => {
    await using lambda = await ScriptedLambda.start(() => {});
    await using executor = createLambdaExecutor(lambda.options({ maxConcurrency: 1 }));
    const controller = new AbortController();
    const tasks = [1, 2, 3].map((n) => failure(() => executor.submit(double, n, { signal: controller.signal })));
    while (lambda.calls.length === 0) await sleep(5);
    controller.abort("enough");
    for (const error of await Promise.all(tasks)) {
      expect(error).toBeInstanceOf(AbortError);
      expect(error.cause).toBe("enough");
    }
    await expect(executor.submit(double, 1, { signal: controller.signal })).rejects.toBeInstanceOf(AbortError);
    await sleep(50);
    expect(lambda.calls).toHaveLength(1);
  });

  it("aborts while it waits to try again", async () => {
    await using lambda = await ScriptedLambda.start((call) =>
      refuse(call, 429, "TooManyRequestsException", {}, { "retry-after": "60" }),
    );
    await using executor = createLambdaExecutor(lambda.options());
    const controller = new AbortController();
    const task = failure(() => executor.submit(double, 1, { signal: controller.signal }));
    while (executor.counts.throttles === 0) await sleep(5);
    controller.abort("enough");
    expect(await task).toMatchObject({ name: "AbortError", cause: "enough" });
  });

  it("drops what waits and lets finish what runs when one task fails under raise", async () => {
    const evaluate = evaluator();
    await using lambda = await ScriptedLambda.start(async (call) => {
      if (call.index === 1) await sleep(100);
      give(call, await evaluate(call));
    });
    await using executor = createLambdaExecutor(lambda.options({ maxConcurrency: 2 }));
    const told: Array<[number, boolean]> = [];
    const batch = executorBatchEvaluator(executor)(define("fail"), [5, 1, 1, 1], {
      onSettled: (index, { ok }) => told.push([index, ok]),
    });
    await expect(batch).rejects.toThrow("too large");
    expect(told).toEqual([
      [0, false],
      [1, true],
    ]);
    expect(lambda.calls).toHaveLength(2);
  });

  it("ends what is under way when it is closed, and takes nothing more", async () => {
    await using lambda = await ScriptedLambda.start(() => {});
    const executor = createLambdaExecutor(lambda.options({ maxConcurrency: 1 }));
    const batch = executorBatchEvaluator(executor)(double, [1, 2], { errorHandling: "continue" });
    batch.catch(() => {});
    while (lambda.calls.length === 0) await sleep(5);
    await executor.close();
    await executor.close();
    await expect(batch).rejects.toMatchObject({ name: "InfrastructureError", code: "executor-closed" });
    await expect(executor.submit(double, 1)).rejects.toMatchObject({ code: "executor-closed" });
    const again = executorBatchEvaluator(executor)(double, [1], { errorHandling: "continue" });
    await expect(again).rejects.toMatchObject({ code: "executor-closed" });
  });

  it("of the whole process opens again after it was closed", async () => {
    const evaluate = evaluator();
    await using lambda = await ScriptedLambda.start(async (call) => give(call, await evaluate(call)));
    const before = { ...process.env };
    Object.assign(process.env, {
      FANOPT_FUNCTION: "shared",
      AWS_REGION: "eu-central-1",
      AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${lambda.port}`,
      AWS_ACCESS_KEY_ID: "dummy",
      AWS_SECRET_ACCESS_KEY: "dummy",
    });
    try {
      for (const n of [1, 2]) {
        await using executor = lambdaExecutor;
        expect(await executor.submit(double, n)).toBe(2 * n);
      }
    } finally {
      process.env = before;
    }
    expect(lambda.calls.map(({ path }) => path)).toEqual(new Array(2).fill("/2015-03-31/functions/shared/invocations"));
  });

  it("refuses a module that cannot be bundled, also under continue, and asks for nothing", async () => {
    await using lambda = await ScriptedLambda.start(() => {});
    await using executor = createLambdaExecutor(lambda.options());
    const missing = defineCriterion<(p: number) => number>(project.url("missing.ts"));
    const batch = executorBatchEvaluator(executor)(missing, [1, 2], { errorHandling: "continue" });
    await expect(batch).rejects.toBeInstanceOf(SubmissionError);
    await expect(batch).rejects.toThrow(/there is no file .*missing\.ts/);
    expect(lambda.calls).toEqual([]);
  });

  it("refuses a client that tries more than once", async () => {
    await using lambda = await ScriptedLambda.start(() => {});
    const { functionName, ...config } = lambda.options();
    const client = new LambdaClient(config as object);
    await using executor = createLambdaExecutor({ functionName: functionName as string, client });
    await expect(executor.submit(double, 1)).rejects.toThrow(
      /the client tries each invocation up to 3 times.*maxAttempts: 1/s,
    );
    expect(lambda.calls).toEqual([]);
    client.destroy();
  });
});

describe("delivery of artifacts", () => {
  const data = Float64Array.from({ length: 4000 }, (_, i) => Math.sin(i * 1e6));

  /** Workers of unlike speed: worker 0 takes much longer. Returns how many requests held the artifact. */
  async function deliver(nWorkers: number, nTasks: number, slow: boolean): Promise<{ inline: number; misses: number }> {
    const workers = Array.from({ length: nWorkers }, (_, id) => ({ id, handle: createHandler() }));
    await using lambda = await ScriptedLambda.start(async (call) => {
      const worker = workers.shift();
      if (worker === undefined) throw new Error("more at once than workers");
      await sleep(slow && worker.id === 0 ? 150 : 1);
      const response = await worker.handle(call.request, tenMinutes);
      workers.push(worker);
      give(call, response);
    });
    await using executor = createLambdaExecutor(lambda.options({ maxConcurrency: nWorkers }));
    const args = Array.from({ length: nTasks }, (_, i) => i);
    const results = await executorBatchEvaluator(executor)(define("large", [data]), args);
    expect(results).toEqual(args.map((n) => n + 4000));
    const inline = lambda.calls.filter(({ request }) => request.content.inline !== undefined).length;
    expect(lambda.calls).toHaveLength(nTasks + executor.counts.artifactMisses);
    return { inline, misses: executor.counts.artifactMisses };
  }

  it.each([
    [1, false],
    [4, false],
    [4, true],
  ])("sends a large one about once a worker (%d workers, one slow: %s)", async (nWorkers, slow) => {
    const { inline, misses } = await deliver(nWorkers, 40, slow);
    expect(inline).toBeLessThanOrEqual(2 * nWorkers + misses);
    expect(misses).toBeLessThanOrEqual(nWorkers);
  });

  it("refuses one that is larger than an invocation carries, before it is sent", async () => {
    await using lambda = await ScriptedLambda.start(() => {});
    await using executor = createLambdaExecutor(lambda.options());
    const noise = new Uint32Array(1_400_000).map(
      (_, i) => Math.imul(i + 1, 2654435761) ^ Math.imul(i * i + 7, 40503 * 65537),
    );
    const error = await failure(() => executor.submit(define("large", [noise]), 1));
    expect(error).toBeInstanceOf(SubmissionError);
    expect(error.message).toMatch(
      /bundle with its data has \d\.\d MB .* carries 6\.0 MB\. .*artifacts: \{ bucket: .*give defineCriterion less data in args/s,
    );
    expect(lambda.calls).toEqual([]);
  });
});
