import { paginateQuery } from "@aws-sdk/client-dynamodb";
import { expect } from "vitest";
import { readInfluenzaData } from "../../examples/influenza/read-data.ts";
import {
  createRunStore,
  defineCriterion,
  executorBatchEvaluator,
  leastSquares,
  type MinimizeOptions,
  minimize,
  openRun,
} from "../../src/index.ts";
import { createHistoryTable } from "../../src/recording/dynamodb/create-table.ts";
import type { echo, visit } from "../fixtures/lambda-criteria.ts";
import type { LambdaCase } from "./lambda-cases.ts";
import type { LambdaEndpoint } from "./lambda-endpoint.ts";

const criteria = new URL("../fixtures/lambda-criteria.ts", import.meta.url);
const visitOf = defineCriterion<typeof visit>(criteria, { export: "visit" });
const echoOf = defineCriterion<typeof echo>(criteria, { export: "echo" });

/** Most visits at the same moment, by the workers' own clocks. */
function peak(visits: ReadonlyArray<{ readonly began: number; readonly ended: number }>): number {
  return Math.max(...visits.map(({ began }) => visits.filter((v) => v.began <= began && began < v.ended).length));
}

export const evaluationCases: readonly LambdaCase[] = [
  {
    what: "results come in the order of the points, whatever the order of completion",
    async run(deployed) {
      const executor = deployed.executor({ maxConcurrency: 6 });
      const points = Array.from({ length: 30 }, (_, value) => ({ value, milliseconds: Math.random() * 300 }));
      const completed: number[] = [];
      const visits = await executorBatchEvaluator(executor)(visitOf, points, {
        onSettled: (index) => completed.push(index),
      });
      expect(visits.map((v) => (typeof v === "string" ? v : v.value))).toEqual(points.map(({ value }) => value));
      expect(completed).not.toEqual(points.map(({ value }) => value));
      expect(completed.toSorted((a, b) => a - b)).toEqual(points.map(({ value }) => value));
    },
  },
  {
    what: "a function starts once and stays warm: one cold start, one worker, until it ends itself",
    async run(deployed) {
      const executor = deployed.executor();
      const visits = [];
      for (let value = 0; value < 5; value++) visits.push(await executor.submit(visitOf, { value, milliseconds: 0 }));
      expect(new Set(visits.map(({ worker }) => worker)).size).toBe(1);
      expect(visits.map(({ calls }) => calls)).toEqual([1, 2, 3, 4, 5]);
      expect(executor.counts).toMatchObject({ invocations: 5, coldStarts: 1, throttles: 0, reconnects: 0 });
      const exits = defineCriterion(criteria, { export: "printsAndExits" });
      await expect(executor.submit(exits, 0)).rejects.toThrow("Runtime.ExitError");
      const after = await executor.submit(visitOf, { value: 0, milliseconds: 0 });
      expect(after.worker).not.toBe(visits[0].worker);
      expect(executor.counts.coldStarts).toBe(2);
    },
  },
  {
    what: "values arrive to the bit, there and back",
    async run(deployed) {
      const executor = deployed.executor();
      const float64 = [Number.NaN, Infinity, -Infinity, -0, 5e-324, Number.MAX_VALUE, 0.1 + 0.2, Number.EPSILON];
      for (const value of float64) expect(await executor.submit(echoOf, value)).toBe(value);
      const values = {
        float64: Float64Array.from(float64),
        // A NaN that carries other bits than the usual one.
        bits: new BigUint64Array([0x7ff800000000beefn, 0x8000000000000000n, 1n]),
        float32: Float32Array.of(0.1, -0, Number.NaN),
        int8: Int8Array.of(-128, 127),
        uint8: Uint8Array.of(0, 255),
        uint16: Uint16Array.of(65_535),
        int32: Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
        int64: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
        nested: [[-0], { a: Number.NaN, missing: undefined, nothing: null, text: "β/γ \u0000 \ud83d\ude00" }],
      };
      const returned = await executor.submit(echoOf, values);
      expect(returned).toStrictEqual(values);
      const bytes = Buffer.from(values.bits.buffer);
      const again = (await executor.submit(echoOf, new Float64Array(values.bits.buffer))) as Float64Array;
      expect(Buffer.from(again.buffer)).toEqual(bytes);
    },
  },
  {
    what: "minimize fits the influenza outbreak with the serial run's bits, and DynamoDB has each point once",
    async run(deployed, endpoint) {
      const { days, inBed } = readInfluenzaData();
      const influenza = new URL("../../examples/influenza/model.ts", import.meta.url);
      const problem: MinimizeOptions<{ beta: number; gamma: number }> = {
        fun: leastSquares(defineCriterion(influenza, { export: "residuals", args: [days, inBed] })),
        params: { beta: 2, gamma: 0.5 },
        bounds: { lower: { beta: 0, gamma: 0 } },
        algorithm: "levenberg-marquardt",
        progress: false,
      };
      const serial = await minimize(problem);
      const table = "history";
      await createHistoryTable(endpoint.dynamoDb, table);
      await using store = createRunStore({ kind: "dynamodb", table, client: endpoint.dynamoDb });
      const executor = deployed.executor();
      const result = await minimize({ ...problem, batchEvaluator: executorBatchEvaluator(executor), store });

      // Fitted by SciPy too.
      expect(result.params.beta).toBeCloseTo(1.6692, 4);
      expect(result.params.gamma).toBeCloseTo(0.4435, 4);
      expect(result.fun).toBeCloseTo(4121.94, 2);
      expect(result.params).toStrictEqual(serial.params);
      expect(result.history.x).toStrictEqual(serial.history.x);
      expect(result.history.fun).toStrictEqual(serial.history.fun);

      const { run, history, warning } = await openRun(result.runId, { store });
      expect([run.status, warning]).toEqual(["complete", null]);
      expect(history.x).toStrictEqual(serial.history.x);
      expect(history.fun).toStrictEqual(serial.history.fun);
      expect(history.batch).toStrictEqual(serial.history.batch);

      const points = await storedPoints(endpoint, table, result.runId);
      expect(points.map(({ sk }) => sk)).toEqual(
        Array.from(serial.history.fun, (_, index) => `POINT#${String(index).padStart(9, "0")}`),
      );
      const funs = points.map(({ fun }) =>
        new DataView(fun.buffer, fun.byteOffset, fun.byteLength).getFloat64(0, true),
      );
      expect(funs).toStrictEqual(Array.from(serial.history.fun));
    },
  },
  {
    what: "64 points at once are 64 invocations at once, none throttled, none lost",
    async run(deployed) {
      const executor = deployed.executor();
      const evaluate = executorBatchEvaluator(executor);
      const points = Array.from({ length: 64 }, (_, value) => ({ value, milliseconds: 1_500 }));
      // Cold, then warm: while environments start, the first may end before the last begin.
      for (const round of [1, 2]) {
        const visits = (await evaluate(visitOf, points)).filter((v) => typeof v !== "string");
        expect(visits.map(({ value }) => value)).toEqual(points.map(({ value }) => value));
        if (round === 2) expect(peak(visits)).toBeGreaterThan(16);
      }
      const { invocations, artifactMisses, throttles, reconnects } = executor.counts;
      expect(invocations - artifactMisses).toBe(128);
      expect([throttles, reconnects]).toEqual([0, 0]);
    },
  },
];

/** Sort key and criterion of a run's points, by a client that knows nothing of fanopt. */
async function storedPoints(
  { dynamoDb }: LambdaEndpoint,
  table: string,
  runId: string,
): Promise<Array<{ sk: string | undefined; fun: Uint8Array }>> {
  const pages = paginateQuery(
    { client: dynamoDb },
    {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :run AND begins_with(sk, :point)",
      ExpressionAttributeValues: { ":run": { S: `RUN#${runId}` }, ":point": { S: "POINT#" } },
    },
  );
  const points = [];
  for await (const { Items = [] } of pages)
    points.push(...Items.map(({ sk, fun }) => ({ sk: sk.S, fun: fun.B ?? new Uint8Array(8) })));
  return points;
}
