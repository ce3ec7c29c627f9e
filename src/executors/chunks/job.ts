/** Tasks of one function that were submitted together, and the chunks that they travel in. */
import { AbortError } from "../../errors.ts";
import { noUsage, type Usage } from "../../usage.ts";
import type { SubmitAllOptions, TaskEnd } from "../types.ts";
import type { ArtifactParts } from "./artifact-parts.ts";

/** Tasks in one message to a worker. */
export interface Chunk {
  readonly job: Job;
  /** Into the arguments of the job, ascending. */
  readonly indices: readonly number[];
  /** Whether it may be behind another one on a worker, and another one behind it. */
  readonly isShort: boolean;
  /** Ends it. */
  readonly controller: AbortController;
}

export class Job {
  readonly parts: ArtifactParts;
  readonly args: readonly unknown[];
  readonly chunks: Set<Chunk> = new Set();
  /** Resolves when every task that started has ended. */
  readonly promise: Promise<void>;
  readonly #options: SubmitAllOptions<never>;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  /** The tasks from this one on were never sent. */
  #next = 0;
  /** Tasks that came back without having been evaluated, ascending. */
  #returned: number[] = [];
  /** Tasks that go in a message of their own: a worker died while it had them, or took too long for them and others. */
  #alone: number[] = [];
  /** Workers that died while they had a task. */
  readonly #deaths = new Map<number, number>();
  #isOver = false;

  constructor(parts: ArtifactParts, args: readonly unknown[], options: SubmitAllOptions<never>) {
    this.parts = parts;
    this.args = args;
    this.#options = options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    const { signal, cancelQueued } = options;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    cancelQueued?.addEventListener("abort", this.#onDrop, { once: true });
    if (signal?.aborted) this.#onAbort();
    else if (cancelQueued?.aborted) this.#onDrop();
  }

  /** Tasks that wait to be sent. */
  get waiting(): number {
    return this.#alone.length + this.#returned.length + this.args.length - this.#next;
  }

  /** Whether the next `count` tasks are expected to take no time worth mentioning. */
  isShort(count: number): boolean {
    return this.#alone.length === 0 && this.parts.pace.isShort(count);
  }

  /** The next tasks to be sent, `most` at most. */
  take(most: number): number[] {
    const alone = this.#alone.shift();
    if (alone !== undefined) return [alone];
    const indices = this.#returned.splice(0, most);
    const more = Math.min(most - indices.length, this.args.length - this.#next);
    for (let i = 0; i < more; i++) indices.push(this.#next++);
    return indices;
  }

  /** A task has ended. */
  settle(index: number, end: TaskEnd<unknown>): void {
    if (this.#isOver) return;
    try {
      this.#options.onSettled(index, end as TaskEnd<never>);
    } catch (error) {
      // Whoever listens cannot go on.
      this.fail(error);
    }
  }

  /** Tasks that were in a message but not evaluated: they go before those that were never sent. */
  putBack(indices: readonly number[]): void {
    if (this.#mayStart()) this.#returned = [...indices, ...this.#returned].sort((a, b) => a - b);
  }

  /** Counts a worker's death for a task; returns how many there were. */
  countDeath(index: number): number {
    const deaths = (this.#deaths.get(index) ?? 0) + 1;
    this.#deaths.set(index, deaths);
    return deaths;
  }

  /** Has a task that may have begun evaluated again, in a message of its own. Returns false where nothing may start any more. */
  sendAgain(index: number): boolean {
    if (!this.#mayStart()) return false;
    this.#alone.push(index);
    this.tell(index, { duplicates: 1 });
    return true;
  }

  tell(index: number, usage: Partial<Usage>): void {
    const { onUsage } = this.#options;
    if (onUsage === undefined || this.#isOver) return;
    try {
      onUsage(index, { ...noUsage, ...usage });
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends the job where nothing is left of it. */
  finishIfDone(): void {
    if (this.waiting === 0 && this.chunks.size === 0) this.#end(this.#resolve);
  }

  /** Ends it and what is under way. */
  fail(error: unknown): void {
    this.#end(() => this.#reject(error));
    for (const { controller } of this.chunks) controller.abort();
  }

  #onAbort = (): void => {
    this.fail(new AbortError("The tasks were aborted.", { cause: this.#options.signal?.reason }));
  };

  #onDrop = (): void => {
    this.#forgetWaiting();
    this.finishIfDone();
  };

  #mayStart(): boolean {
    return !this.#isOver && this.#options.cancelQueued?.aborted !== true;
  }

  #forgetWaiting(): void {
    this.#next = this.args.length;
    this.#returned = [];
    this.#alone = [];
  }

  #end(tell: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#forgetWaiting();
    const { signal, cancelQueued } = this.#options;
    signal?.removeEventListener("abort", this.#onAbort);
    cancelQueued?.removeEventListener("abort", this.#onDrop);
    tell();
  }
}
