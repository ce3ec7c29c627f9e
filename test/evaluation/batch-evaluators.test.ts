import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AbortError, InfrastructureError, SubmissionError } from "../../src/errors.ts";
import { executorBatchEvaluator } from "../../src/evaluation/executor-batch-evaluator.ts";
import { serialBatchEvaluator } from "../../src/evaluation/serial.ts";
import { isTraceback } from "../../src/evaluation/traceback.ts";
import type { BatchEvaluator, BatchEvaluatorOptions, Settled } from "../../src/evaluation/types.ts";
import type { SubmitOptions } from "../../src/executors/types.ts";
import { noUsage, type Usage } from "../../src/usage.ts";
import { careless, mapOnly, SteppedExecutor } from "./executors.ts";

const unhandled: unknown[] = [];
const note = (error: unknown) => unhandled.push(error);
beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", note);
});
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
  expect(process.listeners("beforeExit").filter(({ name }) => name === "tellAll")).toEqual([]);
});

const evaluators: ReadonlyArray<readonly [string, BatchEvaluator]> = [
  ["serial", serialBatchEvaluator],
  ["an executor with submit", executorBatchEvaluator(careless)],
  ["an executor with map alone", executorBatchEvaluator(mapOnly)],
];

/** Fails at the odd numbers. */
const half = (n: number): number => {
  if (n % 2 === 1) throw new RangeError(`${n} is odd`);
  return n / 2;
};

describe.each(evaluators)("%s", (_name, evaluate) => {
  it("gives results in the order of the arguments", async () => {
    expect(await evaluate((n: number) => n * n, [3, 1, 2])).toEqual([9, 1, 4]);
    expect(await evaluate(async (n: number) => n * n, [3, 1, 2])).toEqual([9, 1, 4]);
  });

  it("gives nothing for nothing", async () => {
    expect(await evaluate(half, [])).toEqual([]);
  });

  it("evaluates holes as undefined", async () => {
    // biome-ignore lint/suspicious/noSparseArray: what is tested.
    expect(await evaluate((n: unknown) => String(n), [1, , 3])).toEqual(["1", "undefined", "3"]);
  });

  it("spreads arguments", async () => {
    expect(
      await evaluate(
        ((a: number, b: number) => a - b) as never,
        [
          [5, 2],
          [1, 1],
        ] as never[],
        { unpack: "spread" },
      ),
    ).toEqual([3, 0]);
  });

  it("throws the first error under raise", async () => {
    await expect(evaluate(half, [2, 3, 5])).rejects.toThrow(new RangeError("3 is odd"));
  });

  it("throws what is no Error as it is", async () => {
    await expect(evaluate(() => Promise.reject("just text"), [1])).rejects.toBe("just text");
    await expect(evaluate(() => Promise.reject(undefined), [1])).rejects.toBeUndefined();
  });

  it("puts tracebacks in the failing slots under continue, and warns once", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const results = await evaluate(half, [2, 3, 4, 5], { errorHandling: "continue" });
    expect(results.map(isTraceback)).toEqual([false, true, false, true]);
    expect(results[0]).toBe(1);
    expect(results[1]).toMatch(/^Traceback \(most recent call first\):\nRangeError: 3 is odd\n +at half \(.*batch-ev/);
    expect(warn.mock.calls).toHaveLength(1);
    expect(warn.mock.calls[0][0]).toMatch(/2 of 4 evaluations failed; the first: RangeError: 3 is odd/);
    warn.mockRestore();
  });

  it("tells of each end once, and warns nobody then", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const ends: Array<[number, Settled<number>]> = [];
    const onSettled = (index: number, settled: Settled<number>) => ends.push([index, settled]);
    await evaluate(half, [2, 3, 4], { errorHandling: "continue", onSettled });
    ends.sort(([a], [b]) => a - b);
    expect(ends).toEqual([
      [0, { ok: true, value: 1 }],
      [1, { ok: false, error: new RangeError("3 is odd") }],
      [2, { ok: true, value: 2 }],
    ]);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it("throws what onSettled throws, and does not take it for the criterion's", async () => {
    const told: number[] = [];
    const onSettled = (index: number) => {
      told.push(index);
      throw new Error("the disk is full");
    };
    await expect(evaluate(half, [2], { errorHandling: "continue", onSettled })).rejects.toThrow("the disk is full");
    expect(told).toEqual([0]);
  });

  it("always throws failures of the infrastructure", async () => {
    const broken = new InfrastructureError("lost", "the workers are gone");
    const fun = (n: number) => (n === 1 ? Promise.reject(broken) : n);
    await expect(evaluate(fun, [0, 1, 2], { errorHandling: "continue" })).rejects.toBe(broken);
    const refused = new SubmissionError("cannot be sent");
    await expect(evaluate(() => Promise.reject(refused), [0, 1], { errorHandling: "continue" })).rejects.toBe(refused);
  });

  it("does not begin when the signal has fired", async () => {
    const fun = vi.fn(half);
    const signal = AbortSignal.abort("enough");
    await expect(evaluate(fun, [2], { signal })).rejects.toThrow(AbortError);
    await expect(evaluate(fun, [2], { signal })).rejects.toMatchObject({ cause: "enough", code: "aborted" });
    await expect(evaluate(fun, [2], { signal, errorHandling: "continue" })).rejects.toThrow(AbortError);
    expect(fun).not.toHaveBeenCalled();
  });

  it("rejects at once when the signal fires, and leaves no listener", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const started = Promise.withResolvers<void>();
    const told: number[] = [];
    const batch = evaluate(
      () => {
        started.resolve();
        return new Promise<never>((_resolve, reject) =>
          signal.addEventListener("abort", () => reject(new Error("too late"))),
        );
      },
      [1, 2],
      { signal, errorHandling: "continue", onSettled: (index) => told.push(index) },
    );
    await started.promise;
    controller.abort(new Error("changed my mind"));
    await expect(batch).rejects.toMatchObject({ name: "AbortError", cause: new Error("changed my mind") });
    expect(told).toEqual([]);
    expect(getEventListeners(signal, "abort").filter((listener) => String(listener).includes("aborted by"))).toEqual(
      [],
    );
  });

  it("survives a criterion that fires the signal itself and then fails", async () => {
    const controller = new AbortController();
    const fun = () => {
      controller.abort("from inside");
      return Promise.reject(new Error("and failed"));
    };
    await expect(evaluate(fun, [1, 2], { signal: controller.signal })).rejects.toMatchObject({ cause: "from inside" });
  });

  it("can be told to stop twenty never-ending batches without leaking listeners", async () => {
    const warnings: string[] = [];
    const listen = (warning: Error) => warnings.push(warning.name);
    process.on("warning", listen);
    const controller = new AbortController();
    const { signal } = controller;
    const batches = Array.from({ length: 20 }, () => evaluate(() => new Promise<never>(() => {}), [1], { signal }));
    const ends = Promise.allSettled(batches);
    controller.abort();
    expect((await ends).map(({ status }) => status)).toEqual(new Array(20).fill("rejected"));
    await new Promise(setImmediate);
    process.off("warning", listen);
    expect(warnings).toEqual([]);
  });

  it.each<[string, unknown[], RegExp, unknown]>([
    ["fun that is no function", [3, [1]], /fun must be a function, received 3\./, TypeError],
    [
      "args that are no array",
      [half, new Set([1])],
      /args must be an array of arguments, received an instance of Set/,
      TypeError,
    ],
    ["options that are no object", [half, [1], 5], /options must be an object, received 5/, Error],
    ["no options", [half, [1], null], /options must be an object, received null/, Error],
    ["an unknown option", [half, [1], { nworkers: 2 }], /unknown option nworkers\. Did you mean nWorkers\?/, Error],
    ["nWorkers 0", [half, [1], { nWorkers: 0 }], /nWorkers must be a positive integer, received 0/, Error],
    ["nWorkers 1.5", [half, [1], { nWorkers: 1.5 }], /nWorkers must be a positive integer, received 1\.5/, Error],
    [
      "errorHandling",
      [half, [1], { errorHandling: "ignore" }],
      /errorHandling must be "raise" or "continue", received "ignore"/,
      Error,
    ],
    ["unpack", [half, [1], { unpack: true }], /unpack must be "spread" or absent, received true/, Error],
    ["signal", [half, [1], { signal: {} }], /signal must be an AbortSignal, received \{\}/, Error],
    ["onSettled", [half, [1], { onSettled: 1 }], /onSettled must be a function, received 1/, Error],
    ["onUsage", [half, [1], { onUsage: 1 }], /onUsage must be a function, received 1/, Error],
    [
      "spread of numbers",
      [half, [[1], 2], { unpack: "spread" }],
      /args\[1\] must be an array of arguments under unpack: "spread", received 2/,
      Error,
    ],
  ])("refuses %s", async (_what, args, message, kind) => {
    const call = evaluate(...(args as [typeof half, number[], BatchEvaluatorOptions<number>]));
    await expect(call).rejects.toThrow(message);
    await expect(call).rejects.toBeInstanceOf(kind);
    await expect(call).rejects.toThrow(/batch evaluator: /);
  });
});

describe("executorBatchEvaluator", () => {
  it.each([null, undefined, {}, 3, { submit: 1 }])("refuses %s, which is no executor", (value) => {
    expect(() => executorBatchEvaluator(value as never)).toThrow(TypeError);
    expect(() => executorBatchEvaluator(value as never)).toThrow(/submit\(fun, arg\) or map\(fun, args\)/);
  });

  it("throws the first error in the order of the arguments, though a later one failed earlier", async () => {
    const executor = new SteppedExecutor(3);
    const batch = executorBatchEvaluator(executor)(half, [1, 2, 3, 4, 5]);
    batch.catch(() => {});
    await executor.finish(2); // 3 is odd
    await executor.finish(1);
    await executor.finish(0); // 1 is odd
    await expect(batch).rejects.toThrow("1 is odd");
    expect(executor.started).toEqual([1, 2, 3]);
  });

  it("cancels what has not started and lets the started finish", async () => {
    const executor = new SteppedExecutor(2);
    const told: Array<[number, boolean]> = [];
    let ended = false;
    const batch = executorBatchEvaluator(executor)(half, [1, 2, 4, 6], {
      onSettled: (index, { ok }) => told.push([index, ok]),
    }).finally(() => {
      ended = true;
    });
    batch.catch(() => {});
    await executor.finish(0);
    expect([ended, executor.running]).toEqual([false, 1]);
    await executor.finish(0);
    await expect(batch).rejects.toThrow("1 is odd");
    expect(executor.started).toEqual([1, 2]);
    expect(told).toEqual([
      [0, false],
      [1, true],
    ]);
  });

  it("cancels what has not started when the infrastructure fails, and keeps what the started give", async () => {
    const executor = new SteppedExecutor(2);
    const told: number[] = [];
    const fun = (n: number) => (n === 0 ? Promise.reject(new InfrastructureError("lost", "gone")) : n);
    const batch = executorBatchEvaluator(executor)(fun, [0, 1, 2], {
      errorHandling: "continue",
      onSettled: (index) => told.push(index),
    });
    batch.catch(() => {});
    await executor.finish(0);
    await executor.finish(0);
    await expect(batch).rejects.toThrow("gone");
    expect([executor.started, told]).toEqual([[0, 1], [1]]);
  });

  it("throws the criterion's own AbortError like any other error", async () => {
    const own = new DOMException("fetch was aborted", "AbortError");
    await expect(executorBatchEvaluator(careless)(() => Promise.reject(own), [1, 2])).rejects.toBe(own);
  });

  it("takes an executor whose submit throws instead of rejecting", async () => {
    const executor = {
      submit(): never {
        throw new Error("the pool is closed");
      },
    };
    await expect(executorBatchEvaluator(executor)(half, [1, 2])).rejects.toThrow("the pool is closed");
  });

  it("starts nothing more of an executor with map alone after a failure under raise", async () => {
    const seen: number[] = [];
    const fun = (n: number) => {
      seen.push(n);
      return half(n);
    };
    await expect(executorBatchEvaluator(mapOnly)(fun, [2, 3, 4])).rejects.toThrow("3 is odd");
    expect(seen).toEqual([2, 3]);
  });

  it.each([[undefined], [[1]], [[1, 2]]])("refuses what a broken map resolves to: %j", async (value) => {
    const executor = { map: async () => value as never };
    const call = executorBatchEvaluator(executor)(half, [2, 4], { errorHandling: "continue" });
    await expect(call).rejects.toThrow(/map\(\) must resolve to an array of 2 results of the function it was given/);
    await expect(call).rejects.toBeInstanceOf(InfrastructureError);
  });

  it("throws what map itself rejects with", async () => {
    const executor = { map: () => Promise.reject(new Error("no ranks")) };
    await expect(executorBatchEvaluator(executor)(half, [2], { errorHandling: "continue" })).rejects.toThrow(
      "no ranks",
    );
  });
});

describe("usage", () => {
  it("is told by the index of the argument, also after the evaluation; the tasks of a batch share its token", async () => {
    const tokens = new Set<unknown>();
    const late: (() => void)[] = [];
    const executor = {
      async submit<A, R>(fun: (arg: A) => R | Promise<R>, arg: A, options?: SubmitOptions): Promise<R> {
        tokens.add(options?.batch);
        options?.onUsage?.({ ...noUsage, invocations: 1 });
        late.push(() => options?.onUsage?.({ ...noUsage, hedges: 1 }));
        return await fun(arg);
      },
    };
    const told: [number, Usage][] = [];
    await executorBatchEvaluator(executor)((n: number) => n, [5, 6, 7], {
      onUsage: (index, usage) => void told.push([index, usage]),
    });
    for (const tell of late) tell();
    expect(told.map(([index, { invocations, hedges }]) => [index, invocations, hedges])).toEqual([
      [0, 1, 0],
      [1, 1, 0],
      [2, 1, 0],
      [0, 0, 1],
      [1, 0, 1],
      [2, 0, 1],
    ]);
    expect([...tokens]).toEqual([{ size: 3 }]);
  });
});
