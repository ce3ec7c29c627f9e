import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executorBatchEvaluator } from "../evaluation/executor-batch-evaluator.ts";
import type { BatchEvaluator } from "../evaluation/types.ts";
import { release } from "./marks.ts";
import { importExecutor, type MadeExecutor } from "./module.ts";
import type { Traits } from "./setting.ts";

/** What one check has of its own: executors, folders. Disposal ends them. */
export class Trial implements AsyncDisposable {
  readonly traits: Traits;
  readonly #executors: MadeExecutor[] = [];
  readonly #folders: string[] = [];
  readonly #started = performance.now();

  constructor(traits: Traits) {
    this.traits = traits;
  }

  /** Of those that the check may take. */
  get secondsSpent(): number {
    return (performance.now() - this.#started) / 1_000;
  }

  /** A new executor. */
  async executor(): Promise<MadeExecutor> {
    const executor = await importExecutor(String(this.traits.module), this.traits.export);
    this.#executors.push(executor);
    return executor;
  }

  /** The batch evaluator of a new executor. */
  async evaluator(): Promise<BatchEvaluator> {
    return executorBatchEvaluator(await this.executor());
  }

  /** A new folder that workers see too. */
  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "fanopt-conformance-"));
    this.#folders.push(folder);
    return folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // First, so that no evaluation waits for it any more.
    for (const folder of this.#folders) release(folder);
    await Promise.all(this.#executors.map((executor) => executor[Symbol.asyncDispose]?.()));
    await Promise.all(this.#folders.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 3 })));
  }
}
