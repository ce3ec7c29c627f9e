/** The whole spine: minimize → embedded Lambda over HTTP → worker processes → history in the embedded DynamoDB. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readInfluenzaData } from "../../examples/influenza/read-data.ts";
import {
  CriterionError,
  createLambdaExecutor,
  createRunStore,
  defineCriterion,
  executorBatchEvaluator,
  FunctionError,
  type LambdaExecutor,
  leastSquares,
  type MinimizeOptions,
  minimize,
  openRun,
  RunAbortedError,
} from "../../src/index.ts";

const criteria = new URL("../fixtures/criteria.ts", import.meta.url);
const influenza = new URL("../../examples/influenza/model.ts", import.meta.url);
interface Params {
  readonly x: number;
  readonly y: number;
}

/** Ends evaluations after 2 s; the other leaves slow machines time. */
let impatient: LambdaExecutor;
let executor: LambdaExecutor;
let folder: string;
beforeAll(async () => {
  impatient = createLambdaExecutor({ local: { concurrency: 2, timeoutSeconds: 2 } });
  executor = createLambdaExecutor({ local: { concurrency: 4, timeoutSeconds: 60, memoryMB: 256 } });
  folder = await mkdtemp(join(tmpdir(), "fanopt-test-"));
});
afterAll(async () => {
  await Promise.all([impatient?.close(), executor?.close()]);
  await rm(folder, { recursive: true, force: true });
});

/** Endless evaluations are for the impatient one. */
const executorFor = (name: string) => (["neverSettles", "loopsForever"].includes(name) ? impatient : executor);

describe("minimize on the embedded Lambda", () => {
  it("fits the influenza outbreak, and records each point once", async () => {
    const { days, inBed } = readInfluenzaData();
    await using store = createRunStore({ kind: "local", path: join(folder, "influenza") });
    const result = await minimize({
      fun: leastSquares(defineCriterion(influenza, { export: "residuals", args: [days, inBed] })),
      params: { beta: 2, gamma: 0.5 },
      algorithm: "levenberg-marquardt",
      batchEvaluator: executorBatchEvaluator(executor),
      store,
      progress: false,
    });
    expect(result.success).toBe(true);
    // Fitted by SciPy as well; beta, gamma and the residual sum of squares as in the issue that asked for it.
    expect(result.params.beta).toBeCloseTo(1.6692, 4);
    expect(result.params.gamma).toBeCloseTo(0.4435, 4);
    expect(result.fun).toBeCloseTo(4121.94, 2);

    const { run, history, steps, warning } = await openRun(result.runId, { store });
    expect(warning).toBeNull();
    expect(run.status).toBe("complete");
    expect(steps.map(({ status }) => status)).toEqual(["complete"]);
    expect(history.length).toBe(result.nFunEvals);
    expect(history.fun).toStrictEqual(result.history.fun);
    expect(history.x).toStrictEqual(result.history.x);
    expect(history.worker).toStrictEqual(result.history.worker);
    expect(new Set(history.worker).size).toBeGreaterThan(1);
  });

  it("gives the history of the serial run to the bit, whatever the order of completion", async () => {
    const problem: MinimizeOptions<Params> = {
      fun: leastSquares(defineCriterion(criteria, { export: "slowResiduals" })),
      params: { x: -1.2, y: 1 },
      algorithm: "levenberg-marquardt",
      progress: false,
    };
    const serial = await minimize(problem);
    const remote = await minimize({ ...problem, batchEvaluator: executorBatchEvaluator(executor) });
    expect(remote.history.x).toStrictEqual(serial.history.x);
    expect(remote.history.fun).toStrictEqual(serial.history.fun);
    expect(remote.history.batch).toStrictEqual(serial.history.batch);
    expect(remote.params).toStrictEqual(serial.params);
    expect(serial.fun).toBeCloseTo(0, 18);
  });

  const faults: readonly [string, RegExp][] = [
    ["throwsError", /ModelError: x must be at most 2, received 3/],
    ["throwsString", /threw "a string", which is not an Error/],
    ["returnsUndefined", /must return a number, but returned undefined. Is a return missing\?/],
    ["returnsString", /must return a number, but returned "3.5". Convert it by Number/],
    ["neverSettles", /had not finished after 1\.\d s/],
    ["exits", /Runtime\.ExitError.*exit status 3[\s\S]*process\.exit/],
    ["loopsForever", /Sandbox\.Timedout[\s\S]*endless loop/],
    ["usesUpMemory", /Runtime\.ExitError[\s\S]*out of memory/],
    ["returnsNaN", /must be finite at the start, but is NaN at x = 3, y = 0/],
  ];
  it.each(faults)("%s at the start: an error that names the point; the next run works", async (name, message) => {
    const run = (x: number) =>
      minimize({
        fun: defineCriterion(criteria, { export: name }),
        params: { x, y: 0 },
        algorithm: "nelder-mead-parallel",
        batchEvaluator: executorBatchEvaluator(executorFor(name)),
        errorHandling: "continue",
        maxFunEvals: 60,
        progress: false,
      });
    const error = await run(3).then(
      () => null,
      (thrown: Error) => thrown,
    );
    expect(error?.message).toMatch(message);
    expect(error?.message).toMatch(/x = 3|x = Float64Array \[3/);
  });

  it.each(faults.filter(([name]) => name !== "returnsNaN"))(
    "%s away from the start under continue: a penalty, the error in the history, the run goes on",
    async (name) => {
      const result = await minimize({
        fun: defineCriterion(criteria, { export: name }),
        // The minimum of x for x ≤ 2 is at (1, 2); a start beside the cliff sends points over it.
        params: { x: 1.97, y: 0.1 },
        algorithm: "nelder-mead-parallel",
        batchEvaluator: executorBatchEvaluator(executorFor(name)),
        errorHandling: "continue",
        maxFunEvals: 40,
        progress: false,
      });
      expect(result.nFailed).toBeGreaterThan(0);
      const failed = result.history.error.findIndex((one) => one !== null);
      expect(result.history.params[2 * failed]).toBeGreaterThan(2);
      expect(result.history.fun[failed]).toBeNaN();
      expect(result.fun).toBeLessThan(result.startFun);
    },
  );

  it("carries name, message, code, cause and the user's source line", async () => {
    const error = await minimize({
      fun: defineCriterion(criteria, { export: "throwsError" }),
      params: { x: 3, y: 0 },
      algorithm: "nelder-mead-parallel",
      batchEvaluator: executorBatchEvaluator(executor),
      progress: false,
    }).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(CriterionError);
    const { cause, params } = error as CriterionError & { cause: Error & { code: string } };
    expect(params).toEqual({ x: 3, y: 0 });
    expect([cause.name, cause.message, cause.code]).toEqual([
      "ModelError",
      "x must be at most 2, received 3",
      "E_MODEL",
    ]);
    expect(cause.stack).toMatch(/test\/fixtures\/criteria\.ts:\d+:20/);
    const [, line] = /criteria\.ts:(\d+):20/.exec(cause.stack ?? "") ?? [];
    expect(readFileSync(criteria, "utf8").split("\n")[Number(line) - 1]).toContain("throw new ModelError");
    expect((cause.cause as Error).message).toBe("the inner reason");
  });

  it("tells a timeout with the point, the time and the log's tail", async () => {
    const error = await minimize({
      fun: defineCriterion(criteria, { export: "loopsForever" }),
      params: { x: 3, y: 0 },
      algorithm: "nelder-mead-parallel",
      batchEvaluator: executorBatchEvaluator(impatient),
      progress: false,
    }).catch((thrown: CriterionError) => thrown);
    const cause = (error as CriterionError).cause as FunctionError;
    expect(cause).toBeInstanceOf(FunctionError);
    expect(cause.errorType).toBe("Sandbox.Timedout");
    expect(cause.logTail).toMatch(/REPORT RequestId/);
    expect(cause.milliseconds).toBeGreaterThan(1900);
  });

  it("aborts in flight and keeps what was recorded", async () => {
    const controller = new AbortController();
    await using store = createRunStore({ kind: "local", path: join(folder, "aborted") });
    const running = minimize({
      fun: leastSquares(defineCriterion(criteria, { export: "slowResiduals" })),
      params: { x: -1.2, y: 1 },
      algorithm: "levenberg-marquardt",
      batchEvaluator: executorBatchEvaluator(executor),
      store,
      signal: controller.signal,
      progress: {
        update: ({ nRounds, nInFlight }) => {
          if (nRounds === 4 && nInFlight > 0) controller.abort("enough");
        },
        note: () => {},
        finish: () => {},
      },
    });
    const error = await running.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(RunAbortedError);
    const { name, cause, partialResult } = error as RunAbortedError;
    expect([name, cause]).toEqual(["AbortError", "enough"]);
    expect(partialResult?.nBatches).toBe(4);
    const stored = await openRun(partialResult?.runId ?? "", { store });
    expect(stored.run.status).toBe("aborted");
    expect(stored.history.length).toBe(partialResult?.history.length);
    expect(stored.history.fun).toStrictEqual(partialResult?.history.fun);
  });
});
