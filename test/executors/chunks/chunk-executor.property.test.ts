import fc from "fast-check";
import { expect, it } from "vitest";
import { createChunkExecutor } from "../../../src/executors/chunks/chunk-executor.ts";
import { WorkerDeath } from "../../../src/executors/chunks/worker-pool.ts";
import { backendOf, type Fault, ScriptedPool } from "./scripted-pool.ts";

const faults: Readonly<Record<string, Fault>> = {
  dies: async () => {
    throw new WorkerDeath("signal", "was killed by SIGKILL");
  },
  "dies when it is done": async (request, evaluate) => {
    await evaluate(request);
    throw new WorkerDeath("exit", "called process.exit(1)");
  },
  "answers in part": (request, evaluate) => evaluate({ ...request, sliceMs: Number.NEGATIVE_INFINITY }),
  "answers late": async (request, evaluate) => {
    await new Promise((resolve) => setTimeout(resolve, 2));
    return evaluate(request);
  },
  "has forgotten the artifact": async (request, evaluate) =>
    request.content.bytes === undefined ? { kind: "need", parts: ["content"] } : evaluate(request),
};
const fault = fc.option(fc.constantFrom(...Object.keys(faults)), { freq: 3 });

/** −n at even numbers, an error at multiples of 7. */
const criterion = (n: number): number => {
  if (n % 7 === 0) throw new RangeError(`at ${n}`);
  return n % 2 === 0 ? -n : n;
};

it("ends every task exactly once with what the function gives, whatever workers do", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 12 }), { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 2 }),
      fc.oneof(fc.constant("auto" as const), fc.integer({ min: 1, max: 6 })),
      fc.infiniteStream(fault),
      async (batches, size, depth, chunkSize, script) => {
        const pool = new ScriptedPool(size, depth);
        const deaths = new Map<unknown, number>();
        pool.faultOf = (_, args) => {
          const name = script.next().value ?? null;
          if (name === null) return undefined;
          // A second death at a point is its failure: told in another test.
          if (name.startsWith("dies")) {
            if (args.some((arg) => deaths.has(arg))) return undefined;
            for (const arg of args) deaths.set(arg, 1);
          }
          return faults[name];
        };
        const executor = createChunkExecutor(backendOf(pool), { chunkSize }, "test");
        await Promise.all(
          batches.map(async (args) => {
            const ends: (string | number | undefined)[] = args.map(() => undefined);
            await executor.submitAll(criterion, args, {
              onSettled: (index, end) => {
                expect(ends[index]).toBeUndefined();
                ends[index] = end.ok ? end.value : String(end.error);
              },
            });
            expect(ends).toEqual(args.map((n) => (n % 7 === 0 ? `RangeError: at ${n}` : n % 2 === 0 ? -n : n)));
          }),
        );
        expect(pool.underWay).toBe(0);
        expect(pool.mostUnderWay).toBeLessThanOrEqual(size * depth);
        await executor.close();
      },
    ),
    { numRuns: 150 },
  ));
