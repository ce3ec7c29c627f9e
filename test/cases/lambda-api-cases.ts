import { fileURLToPath } from "node:url";
import { InvokeCommand, type InvokeCommandInput, ResourceNotFoundException } from "@aws-sdk/client-lambda";
import { expect } from "vitest";
import type { LambdaCase } from "./lambda-cases.ts";
import type { DeployedFunction } from "./lambda-endpoint.ts";
import { rejection } from "./rejection.ts";

/** Does what its event asks for, well or badly. */
const handlerFile = fileURLToPath(new URL("../fixtures/misbehaving-handler.mjs", import.meta.url));

interface Answer {
  readonly status: number | undefined;
  /** "Unhandled" when the function failed. */
  readonly functionError: string | undefined;
  readonly version: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: what a handler returns is any JSON, and each case knows its own.
  readonly value: any;
  readonly log: string | undefined;
}

async function call(
  { client, functionName }: DeployedFunction,
  event: object,
  input: Partial<InvokeCommandInput> = {},
): Promise<Answer> {
  const answer = await client.send(
    new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event), LogType: "Tail", ...input }),
  );
  const payload = Buffer.from(answer.Payload ?? []).toString();
  return {
    status: answer.StatusCode,
    functionError: answer.FunctionError,
    version: answer.ExecutedVersion,
    value: payload === "" ? undefined : JSON.parse(payload),
    log: answer.LogResult === undefined ? undefined : Buffer.from(answer.LogResult, "base64").toString(),
  };
}

/** An event, and the error that AWS answers: the words of its runtime for Node.js and of the service. */
const failures: ReadonlyArray<readonly [event: object, errorType: string, errorMessage: RegExp]> = [
  [{ do: "throw", message: "sigma must be positive" }, "RangeError", /^sigma must be positive$/],
  [{ do: "throwValue", value: "text" }, "string", /^text$/],
  [{ do: "throwValue", value: null }, "object", /^null$/],
  [{ do: "throwValue", value: 3.5 }, "number", /^3\.5$/],
  [{ do: "throwValue", value: { a: 1 } }, "object", /^\[object Object\]$/],
  [{ do: "throwHostile" }, "handled", /^callback called with Error argument, but there was a problem/],
  [{ do: "circular" }, "Runtime.JSONStringifyError", /^Unable to stringify response body$/],
  [{ do: "exit", code: 3 }, "Runtime.ExitError", /^RequestId: \S+ Error: Runtime exited with error: exit status 3$/],
  [{ do: "exit", code: 0 }, "Runtime.ExitError", /^RequestId: \S+ Error: Runtime exited without providing a reason$/],
  [{ do: "signal", signal: "SIGKILL" }, "Runtime.ExitError", /Runtime exited with error: signal: killed$/],
  [{ do: "signal", signal: "SIGTERM" }, "Runtime.ExitError", /Runtime exited with error: signal: terminated$/],
  [{ do: "large", length: 6_291_555 }, "Function.ResponseSizeTooLarge", /exceeded maximum allowed payload size/],
];

/** What ends the process in the runtime of nodejs24.x is told by name in that of nodejs22.x: either is AWS's. */
const byName: ReadonlyArray<readonly [action: string, errorType: string]> = [
  ["rejectUnhandled", "Runtime.UnhandledPromiseRejection"],
  ["throwInTimer", "TypeError"],
  ["never", "Runtime.NodeJsExit"],
];

export const apiCases: readonly LambdaCase[] = [
  {
    what: "a handler's answer, context and log are as the Invoke operation documents",
    settings: { handlerFile, timeoutSeconds: 30 },
    async run(deployed) {
      const echo = await call(deployed, { do: "echo", value: { text: "β/γ", list: [1, null] } });
      expect(echo).toMatchObject({ status: 200, version: "$LATEST", value: { text: "β/γ", list: [1, null] } });
      expect(echo.functionError).toBeUndefined();
      expect((await call(deployed, { do: "nothing" })).value).toBeNull();

      const { value: context } = await call(deployed, { do: "context" });
      expect(context).toMatchObject({
        functionName: deployed.functionName,
        functionVersion: "$LATEST",
        invokedFunctionArn: expect.stringMatching(/^arn:aws:lambda:us-east-1:\d{12}:function:/),
        memoryLimitInMB: "256",
        awsRequestId: expect.stringMatching(/^[\da-f-]{36}$/),
        logGroupName: `/aws/lambda/${deployed.functionName}`,
        environment: {
          AWS_LAMBDA_FUNCTION_NAME: deployed.functionName,
          AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
          AWS_REGION: "us-east-1",
          _HANDLER: "misbehaving-handler.handler",
        },
      });
      expect(context.remaining).toBeGreaterThan(20_000);
      expect(context.remaining).toBeLessThanOrEqual(30_000);

      const { log } = await call(deployed, { do: "print", lines: ["first", "β second"] });
      expect(log).toMatch(
        /START RequestId: \S+ Version: \$LATEST\n\S+Z\t\S+\tINFO\tfirst\n\S+Z\t\S+\tINFO\tβ second\n[\s\S]*END RequestId: \S+\nREPORT RequestId: \S+\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\tMax Memory Used: \d+ MB/,
      );
      expect((await call(deployed, { do: "print", lines: ["unseen"] }, { LogType: "None" })).log).toBeUndefined();
      expect((await call(deployed, {}, { InvocationType: "DryRun" })).status).toBe(204);
      expect((await call(deployed, { do: "echo" }, { InvocationType: "Event" })).status).toBe(202);
      const arn = context.invokedFunctionArn;
      expect((await call(deployed, { do: "echo", value: 1 }, { FunctionName: arn, Qualifier: "$LATEST" })).value).toBe(
        1,
      );
    },
  },
  {
    what: "what a handler does wrong is Unhandled, in AWS's words, and the function works on",
    settings: { handlerFile, timeoutSeconds: 30 },
    async run(deployed) {
      for (const [event, errorType, errorMessage] of failures) {
        const answer = await call(deployed, event);
        expect.soft(answer, JSON.stringify(event)).toMatchObject({
          status: 200,
          functionError: "Unhandled",
          value: { errorType, errorMessage: expect.stringMatching(errorMessage) },
        });
      }
      for (const [action, errorType] of byName) {
        const answer = await call(deployed, { do: action });
        expect.soft(answer.functionError, action).toBe("Unhandled");
        expect.soft([errorType, "Runtime.ExitError"], action).toContain(answer.value.errorType);
      }
      const { value } = await call(deployed, { do: "throw", message: "again" });
      expect(value.trace[0]).toBe("RangeError: again");
      expect(value.trace[1]).toMatch(/misbehaving-handler\.mjs:\d+:\d+/);
      expect((await call(deployed, { do: "large", length: 6_291_554 })).value).toHaveLength(6_291_554);
    },
  },
  {
    what: "a function or version that is not there is ResourceNotFoundException",
    settings: { handlerFile },
    async run(deployed) {
      for (const [input, name] of [
        [{ FunctionName: "nowhere" }, "nowhere"],
        [{ Qualifier: "7" }, `${deployed.functionName}:7`],
      ] as const) {
        const error = await rejection(call(deployed, {}, input));
        expect(error).toBeInstanceOf(ResourceNotFoundException);
        expect(error).toMatchObject({
          $metadata: { httpStatusCode: 404 },
          message: expect.stringContaining(`function:${name}`),
        });
      }
    },
  },
  {
    what: "a request that is no JSON is InvalidRequestContentException, and is not run",
    settings: { handlerFile },
    async run(deployed) {
      const error = await rejection(call(deployed, {}, { Payload: '{"x": 1,}' }));
      expect(error).toMatchObject({
        name: "InvalidRequestContentException",
        $metadata: { httpStatusCode: 400 },
        message: expect.stringMatching(/^Could not parse request body into json/),
      });
      expect((await call(deployed, { do: "who" })).value.invocations).toBe(1);
    },
    unlike: {
      LocalStack: {
        how: "it hands any text to the runtime, which ends",
        async run(deployed) {
          const answer = await call(deployed, {}, { Payload: '{"x": 1,}' });
          expect(answer.functionError).toBe("Unhandled");
        },
      },
    },
  },
];
