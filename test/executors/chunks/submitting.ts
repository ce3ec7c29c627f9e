/** Submitting to a scripted pool, and how each task ended. */
import { expect } from "vitest";
import type { ChunkOptions, WorkerExecutor } from "../../../src/executors/chunks/backend.ts";
import { createChunkExecutor } from "../../../src/executors/chunks/chunk-executor.ts";
import { WorkerDeath } from "../../../src/executors/chunks/worker-pool.ts";
import type { TaskEnd } from "../../../src/executors/types.ts";
import type { Usage } from "../../../src/usage.ts";
import { backendOf, type ScriptedPool } from "./scripted-pool.ts";

export const square = (n: number): number => n * n;
export const dies = async (): Promise<never> => {
  throw new WorkerDeath("exit", "called process.exit(3)");
};
export const hangs = () => new Promise<never>(() => {});

export function executorOver(pool: ScriptedPool, options: ChunkOptions = {}): WorkerExecutor {
  return createChunkExecutor(backendOf(pool), options, "test");
}

/** Submits all, and keeps how each ended. */
export async function collect<A, R>(
  executor: WorkerExecutor,
  fun: (arg: A) => R,
  args: readonly A[],
  signals: { signal?: AbortSignal; cancelQueued?: AbortSignal } = {},
): Promise<{ ends: Map<number, TaskEnd<unknown>>; usage: Map<number, Usage[]>; error: unknown }> {
  const ends = new Map<number, TaskEnd<unknown>>();
  const usage = new Map<number, Usage[]>();
  let error: unknown;
  try {
    await executor.submitAll(fun, args, {
      ...signals,
      onSettled: (index, end) => {
        expect(ends.has(index)).toBe(false);
        ends.set(index, end);
      },
      onUsage: (index, one) => usage.set(index, [...(usage.get(index) ?? []), one]),
    });
  } catch (caught) {
    error = caught;
  }
  return { ends, usage, error };
}

export const valuesOf = (ends: Map<number, TaskEnd<unknown>>) =>
  [...ends].sort(([a], [b]) => a - b).map(([, end]) => (end.ok ? end.value : end.error));
