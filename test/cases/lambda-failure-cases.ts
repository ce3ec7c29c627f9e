import { readFileSync } from "node:fs";
import { InvokeCommand, TooManyRequestsException } from "@aws-sdk/client-lambda";
import { expect } from "vitest";
import {
  CriterionError,
  defineCriterion,
  executorBatchEvaluator,
  FunctionError,
  InfrastructureError,
  isTraceback,
  minimize,
} from "../../src/index.ts";
import type { printsAndExits, residualsOf, sizeOf, visit } from "../fixtures/lambda-criteria.ts";
import type { LambdaCase } from "./lambda-cases.ts";
import { rejection } from "./rejection.ts";

const faulty = new URL("../fixtures/criteria.ts", import.meta.url);
const criteria = new URL("../fixtures/lambda-criteria.ts", import.meta.url);
const visitOf = defineCriterion<typeof visit>(criteria, { export: "visit" });
const sizeOfPoint = defineCriterion<typeof sizeOf>(criteria, { export: "sizeOf" });

/** Sound where x ≤ 2. */
const criterion = (name: string) => defineCriterion<(p: { x: number; y: number }) => number>(faulty, { export: name });
/** File, line and column of the criterion's error, as a stack has them. */
function thrownAt(): string {
  const lines = readFileSync(faulty, "utf8").split("\n");
  const line = lines.findIndex((text) => text.includes("throw new ModelError"));
  return `test/fixtures/criteria.ts:${line + 1}:${lines[line].indexOf("new ModelError") + 1}`;
}

const sound = { x: 1, y: 2 };
const beyond = { x: 3, y: 0 };

export const failureCases: readonly LambdaCase[] = [
  {
    what: "an error of the criterion comes home: name, message, code, cause, the line in its source, the params",
    async run(deployed) {
      const evaluate = executorBatchEvaluator(deployed.executor());
      const problem = { fun: criterion("throwsError"), algorithm: "nelder-mead-parallel", progress: false } as const;
      const raised = await rejection(minimize({ ...problem, params: beyond, batchEvaluator: evaluate }));
      expect(raised).toBeInstanceOf(CriterionError);
      const { cause, params } = raised as CriterionError & { cause: Error };
      expect(params).toEqual(beyond);
      expect(cause).toMatchObject({
        name: "ModelError",
        message: "x must be at most 2, received 3",
        code: "E_MODEL",
        cause: { message: "the inner reason" },
        stack: expect.stringContaining(thrownAt()),
      });

      const slots = await evaluate(criterion("throwsError"), [sound, beyond, sound], { errorHandling: "continue" });
      expect([slots[0], slots[2]]).toEqual([0, 0]);
      expect(isTraceback(slots[1])).toBe(true);
      expect(slots[1]).toContain("ModelError: x must be at most 2, received 3\n");
      expect(slots[1]).toContain(thrownAt());

      const result = await minimize({
        ...problem,
        params: { x: 1.97, y: 0.1 },
        batchEvaluator: evaluate,
        errorHandling: "continue",
        maxFunEvals: 40,
      });
      expect(result.nFailed).toBeGreaterThan(0);
      expect(result.history.error.filter((error) => error !== null).join()).toMatch(/ModelError: x must be at most 2/);
      expect(result.fun).toBeLessThan(result.startFun);
    },
  },
  {
    what: "an endless loop ends with the function's timeout; what only waits says so itself; the function works on",
    settings: { timeoutSeconds: 3 },
    async run(deployed) {
      const executor = deployed.executor();
      const endless = await rejection(executor.submit(criterion("loopsForever"), beyond));
      expect(endless).toBeInstanceOf(FunctionError);
      expect(endless).toMatchObject({
        errorType: "Sandbox.Timedout",
        message: expect.stringMatching(/Task timed out after 3\.00 seconds/),
        logTail: expect.stringMatching(/START RequestId: [\s\S]*END RequestId: [\s\S]*REPORT RequestId: /),
      });
      expect(await executor.submit(criterion("loopsForever"), sound)).toBe(0);
      const waiting = await rejection(executor.submit(criterion("neverSettles"), beyond));
      expect(waiting).toMatchObject({ name: "EvaluationTimeout", message: expect.stringMatching(/had not finished/) });
      expect(await executor.submit(criterion("neverSettles"), sound)).toBe(0);
      // The first worker had answered nothing when it was ended: its start is not counted.
      expect(executor.counts).toMatchObject({ invocations: 4, coldStarts: 1 });
    },
  },
  {
    what: "process.exit in the criterion fails that point with the log's tail, and that point only",
    async run(deployed) {
      const executor = deployed.executor();
      const exits = defineCriterion<typeof printsAndExits>(criteria, { export: "printsAndExits" });
      const short = (await rejection(executor.submit(exits, 2))) as FunctionError;
      expect(short).toBeInstanceOf(FunctionError);
      expect(short.errorType).toBe("Runtime.ExitError");
      expect(short.message).toMatch(/Runtime exited with error: exit status 3/);
      expect(short.logTail).toMatch(
        /START RequestId: [\s\S]*line 1 of 2\n[\s\S]*line 2 of 2\n[\s\S]*REPORT RequestId: /,
      );

      const long = (await rejection(executor.submit(exits, 1_000))) as FunctionError;
      expect(Buffer.byteLength(long.logTail)).toBeLessThanOrEqual(4_096);
      expect(long.logTail).toMatch(/line 1000 of 1000\n[\s\S]*REPORT RequestId: /);
      expect(long.logTail).not.toMatch(/line 1 of 1000/);

      const slots = await executorBatchEvaluator(executor)(criterion("exits"), [sound, beyond, sound], {
        errorHandling: "continue",
      });
      expect([slots[0], slots[2]]).toEqual([0, 0]);
      expect(slots[1]).toMatch(/Runtime\.ExitError/);
    },
  },
  {
    what: "a result over 6 MB is an error of its point that says so; one below arrives",
    async run(deployed) {
      const executor = deployed.executor();
      const residuals = defineCriterion<typeof residualsOf>(criteria, { export: "residualsOf" });
      // Base64 takes 4 bytes for 3: 5.9 MB and 7.5 MB as they are sent.
      const fits = await executor.submit(residuals, 550_000);
      expect(fits).toHaveLength(550_000);
      expect(fits[549_999]).toBe(Math.sqrt(549_999));
      const error = await rejection(executor.submit(residuals, 700_000));
      expect(error).toBeInstanceOf(FunctionError);
      expect(error).toMatchObject({
        errorType: "Function.ResponseSizeTooLarge",
        message: expect.stringMatching(/larger than the 6 MB/),
      });
      expect(await executor.submit(residuals, 3)).toEqual(Float64Array.of(0, 1, Math.SQRT2));
    },
  },
  {
    what: "a point over 6 MB is refused before it runs, with the reason; one below arrives",
    async run(deployed) {
      const executor = deployed.executor();
      expect(await executor.submit(sizeOfPoint, new Float64Array(550_000).fill(0.1))).toBe(550_000);
      const error = await rejection(executor.submit(sizeOfPoint, new Float64Array(700_000).fill(0.1)));
      expect(error).toBeInstanceOf(InfrastructureError);
      expect(error).toMatchObject({
        code: "request-too-large",
        message: expect.stringMatching(/larger than the 6 MB/),
      });
      expect(executor.counts.invocations).toBe(1);
    },
    unlike: {
      LocalStack: {
        how: "it carries requests of any size",
        async run(deployed) {
          const point = new Float64Array(700_000).fill(0.1);
          expect(await deployed.executor().submit(sizeOfPoint, point)).toBe(700_000);
        },
      },
    },
  },
  {
    what: "reserved concurrency throttles with 429 and the reason; all points get through, each once",
    settings: { reservedConcurrency: 2 },
    async run(deployed) {
      const executor = deployed.executor();
      const points = Array.from({ length: 12 }, (_, value) => ({ value, milliseconds: 300 }));
      const visits = await Promise.all(points.map((point) => executor.submit(visitOf, point)));
      expect(visits.map(({ value }) => value)).toEqual(points.map(({ value }) => value));
      expect(executor.counts.throttles).toBeGreaterThan(0);
      expect(executor.counts.invocations - executor.counts.artifactMisses).toBe(12);
      const evaluated = new Map<string, number>();
      for (const { worker, calls } of visits) evaluated.set(worker, Math.max(calls, evaluated.get(worker) ?? 0));
      expect([...evaluated.values()].reduce((sum, calls) => sum + calls)).toBe(12);

      const busy = [0, 1].map((value) => executor.submit(visitOf, { value, milliseconds: 2_000 }));
      const command = new InvokeCommand({ FunctionName: deployed.functionName, Payload: "{}" });
      let refused: unknown;
      for (let ended = false; !ended && refused === undefined; ) {
        refused = await rejection(deployed.client.send(command));
        ended = await Promise.race([Promise.all(busy).then(() => true), Promise.resolve(false)]);
      }
      expect(refused).toBeInstanceOf(TooManyRequestsException);
      expect(refused).toMatchObject({
        Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
        $metadata: { httpStatusCode: 429 },
      });
      await Promise.all(busy);
    },
  },
];
