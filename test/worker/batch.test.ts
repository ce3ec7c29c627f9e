import { describe, expect, it } from "vitest";
import { pack } from "../../src/transport/codec.ts";
import { evaluateTasks } from "../../src/worker/batch.ts";
import { endOf } from "./requests.ts";

const tasksOf = (...args: unknown[]) => args.map((arg) => pack(arg));
const endless = () => Number.POSITIVE_INFINITY;
/** Largest answer of a synchronous invocation (AWS Lambda quotas): 6 MB and 100 bytes. */
const LAMBDA_RESPONSE_BYTES = 6_291_556;

describe("evaluateTasks", () => {
  it("evaluates all in order where nothing stops it; a failure stops nothing", async () => {
    const fun = (arg: unknown) => {
      if (arg === 2) throw new RangeError("no");
      return -Number(arg);
    };
    expect((await evaluateTasks(fun, tasksOf(1, 2, 3), endless)).map(endOf)).toEqual([-1, "RangeError", -3]);
    expect(await evaluateTasks(fun, [], endless)).toEqual([]);
  });

  it.each([
    [300, ["a"]],
    [5_000, ["a", "b", "c"]],
  ])(
    "begins no further task that may not end in time, judged by the longest so far: %i ms left",
    async (after, expected) => {
      let left = 10_000;
      const evaluated: unknown[] = [];
      const fun = async (arg: unknown) => {
        evaluated.push(arg);
        await new Promise((resolve) => setTimeout(resolve, 40));
        left = after;
        return arg;
      };
      const outcomes = await evaluateTasks(fun, tasksOf("a", "b", "c"), () => left);
      expect([outcomes.map(endOf), evaluated]).toEqual([expected, expected]);
    },
  );

  it("does not hold against a task what those before it took: it is left for another invocation", async () => {
    const deadline = performance.now() + 600;
    const fun = (arg: unknown) => (arg === "quick" ? arg : new Promise(() => {}));
    const remaining = () => deadline - performance.now();
    expect((await evaluateTasks(fun, tasksOf("quick", "stuck", "quick"), remaining)).map(endOf)).toEqual(["quick"]);
    const alone = performance.now() + 400;
    expect((await evaluateTasks(fun, tasksOf("stuck"), () => alone - performance.now())).map(endOf)).toEqual([
      "EvaluationTimeout",
    ]);
  });

  it("answers with what fits into an answer, and evaluates one whatever its size", async () => {
    const sizes = [2e6, 2e6, 1e6, 2e6];
    const fun = (size: unknown) => new Uint8Array(Number(size) * 0.75).fill(7);
    const outcomes = await evaluateTasks(fun, tasksOf(...sizes), endless);
    expect(outcomes).toHaveLength(3);
    expect(JSON.stringify(outcomes).length).toBeLessThan(LAMBDA_RESPONSE_BYTES);
    expect(endOf(outcomes[2])).toEqual(fun(1e6));
    expect(await evaluateTasks(fun, tasksOf(8e6, 8), endless)).toHaveLength(1);
    expect(await evaluateTasks(fun, tasksOf(8, 8e6, 8), endless)).toHaveLength(1);
  });

  it("counts bytes, not characters", async () => {
    const outcomes = await evaluateTasks((arg) => String(arg).repeat(1_000_000), tasksOf("€", "€", "€"), endless);
    expect(outcomes).toHaveLength(1);
    const ascii = await evaluateTasks((arg) => String(arg).repeat(1_000_000), tasksOf("e", "e", "e"), endless);
    expect(ascii).toHaveLength(3);
  });
});
