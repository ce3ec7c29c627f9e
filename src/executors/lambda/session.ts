/** An executor between its first task and its end: the function found, the client open, artifacts on their way. */
import { InfrastructureError, InvalidInputError, SubmissionError, show } from "../../errors.ts";
import { buildArtifact } from "../../transport/artifact.ts";
import { type Portable, portableOf } from "../../transport/portable.ts";
import type { Usage } from "../../usage.ts";
import type { BatchOfTasks, SubmitOptions } from "../types.ts";
import type { ArtifactDelivery } from "./artifact-delivery.ts";
import { BatchPace } from "./batch-pace.ts";
import { Deliveries } from "./deliveries.ts";
import { Dispatcher } from "./dispatcher.ts";
import { Flight } from "./flight.ts";
import { Grouping } from "./grouping.ts";
import type { HedgeOptions } from "./hedge-options.ts";
import { InvocationUsage } from "./invocation-usage.ts";
import { Invoker } from "./invoke.ts";
import type { LambdaExecutorOptions } from "./options.ts";
import { lambdaPrices } from "./prices.ts";
import { SignalWatch } from "./signal-watch.ts";
import { openTarget, type Target } from "./target.ts";
import { Task } from "./task.ts";
import { Window } from "./window.ts";

const DEFAULT_RETRY_SECONDS = 960;
/** The embedded Lambda costs nothing. */
const FREE = { asOf: "always", perRequest: 0, perGigabyteSecond: { arm64: 0, x86_64: 0 } };

/** What is counted in all sessions of an executor. */
export interface Counter {
  count(usage: Partial<Usage>): void;
  countMiss(): void;
}

interface Opened {
  readonly target: Target;
  readonly window: Window;
  readonly dispatcher: Dispatcher;
}

export class Session {
  readonly #options: LambdaExecutorOptions;
  readonly #counter: Counter;
  readonly #closing = new AbortController();
  readonly #deliveries = new WeakMap<Portable, Promise<ArtifactDelivery>>();
  /** Each run describes its function anew. */
  readonly #byHash = new Deliveries(async (why) => (await this.#open()).target.artifacts.open(why));
  readonly #paces = new WeakMap<BatchOfTasks, BatchPace>();
  readonly #signals = new SignalWatch<Task>((task, signal) => this.#onAbort(task, signal));
  #opened: Promise<Opened> | undefined;

  constructor(options: LambdaExecutorOptions, counter: Counter) {
    this.#options = options;
    this.#counter = counter;
  }

  async submit<A, R>(fun: (arg: A) => R | Promise<R>, arg: A, given: SubmitOptions): Promise<R> {
    const closing = this.#closing.signal;
    if (closing.aborted) throw closing.reason;
    const portable = portableOf(fun);
    if (portable === undefined) throw new TypeError(`submit: fun must be a function, received ${show(fun)}.`);
    const [opened, delivery] = await this.#prepare(portable).catch((error: unknown) => {
      throw closing.aborted ? closing.reason : error;
    });
    const task = new Task(delivery, arg, given);
    const signals = [given.signal, given.cancelQueued, closing].filter((signal) => signal !== undefined);
    const aborted = signals.find((signal) => signal.aborted);
    if (aborted !== undefined) this.#onAbort(task, aborted);
    else {
      for (const signal of signals) this.#signals.add(signal, task);
      task.onEnd = () => {
        for (const signal of signals) this.#signals.remove(signal, task);
      };
      opened.dispatcher.add(task);
    }
    return (await task.promise) as R;
  }

  /** Ends what is under way, and closes what was opened. */
  async close(): Promise<void> {
    this.#closing.abort(
      new InfrastructureError(
        "executor-closed",
        "The Lambda executor was closed: it takes no more tasks, and what was under way is lost.",
      ),
    );
    const opened = await this.#opened?.catch(() => undefined);
    opened?.window.close();
    await opened?.target.close();
  }

  #onAbort(task: Task, signal: AbortSignal): void {
    if (signal === this.#closing.signal) task.abandon(signal.reason);
    // What was sent is left alone when what waits is dropped.
    else if (signal === task.options.signal || task.state === "queued") task.abort(signal.reason);
  }

  /** What a task needs before it can be sent. That this fails is not the task's fault. */
  async #prepare(portable: Portable): Promise<[Opened, ArtifactDelivery]> {
    try {
      return await Promise.all([this.#open(), this.#deliveryOf(portable)]);
    } catch (error) {
      if (!(error instanceof InvalidInputError) || error instanceof SubmissionError) throw error;
      throw new SubmissionError(error.message, { cause: error });
    }
  }

  #open(): Promise<Opened> {
    this.#opened ??= openTarget(this.#options).then(
      (target) => this.#assemble(target),
      (error: unknown) => {
        // It may be mended (credentials, deployment): the next batch looks again.
        this.#opened = undefined;
        throw error;
      },
    );
    return this.#opened;
  }

  #assemble(target: Target): Opened {
    const { retrySeconds = DEFAULT_RETRY_SECONDS, pointsPerInvocation = 1, prices } = this.#options;
    const window = new Window(target.maxConcurrency, () => dispatcher.schedule());
    const grouping = new Grouping(pointsPerInvocation);
    const fleet = {
      invoker: new Invoker(target, this.#closing.signal),
      window,
      grouping,
      usage: new InvocationUsage(prices ?? (target.isLocal ? FREE : lambdaPrices)),
      retrySeconds,
      paceOf: (task: Task) => this.#paceOf(task),
      count: (usage: Partial<Usage>) => this.#counter.count(usage),
      countMiss: () => this.#counter.countMiss(),
      requeue: (tasks: readonly Task[]) => dispatcher.addFirst(tasks),
    };
    const dispatcher: Dispatcher = new Dispatcher(
      grouping,
      () => window.tryEnter(),
      () => window.limit,
      (tasks) => void new Flight(fleet, tasks).run(),
    );
    return { target, window, dispatcher };
  }

  #paceOf({ options: { batch } }: Task): BatchPace | undefined {
    const { hedge = false } = this.#options;
    if (hedge === false || batch === undefined) return undefined;
    const known = this.#paces.get(batch);
    if (known !== undefined) return known;
    const settings: HedgeOptions = hedge === true ? {} : hedge;
    const pace = new BatchPace(batch, settings);
    this.#paces.set(batch, pace);
    return pace;
  }

  #deliveryOf(portable: Portable): Promise<ArtifactDelivery> {
    const known = this.#deliveries.get(portable);
    if (known !== undefined) return known;
    const made = buildArtifact(portable).then((artifact) => this.#byHash.of(artifact));
    this.#deliveries.set(portable, made);
    made.catch(() => this.#deliveries.delete(portable));
    return made;
  }
}
