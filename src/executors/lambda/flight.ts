/** The way of one invocation's tasks: sent, again where that is safe, until each has ended or waits in the queue again. */
import { AbortError } from "../../errors.ts";
import type { Usage } from "../../usage.ts";
import type { Carried, Holder } from "./artifact-delivery.ts";
import type { BatchPace } from "./batch-pace.ts";
import { converse } from "./dialogue.ts";
import { answersLost, brokenEvaluator, functionError, gaveUp, isBroken } from "./errors.ts";
import type { Grouping } from "./grouping.ts";
import type { InvocationUsage } from "./invocation-usage.ts";
import type { Invoker, Reply } from "./invoke.ts";
import { Patience } from "./patience.ts";
import { Race } from "./race.ts";
import { retryAfterMs } from "./retry.ts";
import type { Task } from "./task.ts";
import type { Window } from "./window.ts";
import { outcomesOf, requestOf } from "./wire.ts";

/** What all flights of a session share. */
export interface Fleet {
  readonly invoker: Invoker;
  readonly window: Window;
  readonly grouping: Grouping;
  readonly usage: InvocationUsage;
  readonly retrySeconds: number;
  /** The pace of the batch a task belongs to, where stragglers are hedged. */
  readonly paceOf: (task: Task) => BatchPace | undefined;
  /** Counts for the executor. */
  readonly count: (usage: Partial<Usage>) => void;
  readonly countMiss: () => void;
  /** Tasks that have to be sent again, before all others. */
  readonly requeue: (tasks: readonly Task[]) => void;
}

/** So many workers may die of a point: of the first death something else may be the cause, such as memory that earlier points left. */
const MAX_DEATHS = 2;

/** What is done next with the tasks. */
type Next = "ended" | "again";

/** Tasks of one artifact, one batch and one signal, sharing an invocation. Has a place in the window when it begins. */
export class Flight {
  readonly #fleet: Fleet;
  readonly #patience: Patience;
  #tasks: readonly Task[];
  #hasPlace = true;
  /** Requests that were sent and not answered, by their number in the race, and when they were sent. */
  readonly #requests = new Map<number, number>();
  /** What is waited for in vain once nobody waits for any of the tasks. */
  readonly #waits = new Set<() => void>();

  constructor(fleet: Fleet, tasks: readonly Task[]) {
    this.#fleet = fleet;
    this.#tasks = tasks;
    this.#patience = new Patience(fleet.retrySeconds);
  }

  /** Never rejects: what fails, fails its tasks. */
  async run(): Promise<void> {
    try {
      do {
        this.#tasks = this.#open();
        if (this.#tasks.length === 0) break;
      } while ((await this.#attempt()) === "again");
    } catch (error) {
      this.#fail(error);
    } finally {
      if (this.#hasPlace) this.#fleet.window.leave();
    }
  }

  async #attempt(): Promise<Next> {
    for (const task of this.#tasks) {
      task.wake = () => this.#onTaskEnd();
      task.onAbandon = () => {
        for (const nth of this.#requests.keys()) this.#abandon(nth);
      };
    }
    const reply = await this.#send();
    switch (reply.kind) {
      case "not-run":
        return await this.#waitForPlace(reply);
      case "lost":
        return await this.#sendAgainAfterLoss(reply.error);
      case "failure":
        return this.#takeFailure(reply);
      case "answer":
        return this.#takeAnswer(reply);
    }
  }

  #takeAnswer({ response, milliseconds }: Extract<Reply, { kind: "answer" }>): Next {
    const outcomes = outcomesOf(response, this.#tasks.length);
    if (outcomes instanceof Error) return this.#fail(outcomes);
    this.#fleet.window.answered();
    const taskMs = outcomes.reduce((sum, outcome) => sum + outcome.milliseconds, 0);
    this.#fleet.grouping.measure(this.#tasks[0].delivery.hash, outcomes.length, milliseconds, taskMs);
    for (const [i, outcome] of outcomes.entries()) if (this.#tasks[i].state !== "ended") this.#tasks[i].settle(outcome);
    // A worker stops before its time or the size of its answer runs out.
    this.#requeue();
    return "ended";
  }

  async #sendAgainAfterLoss(error: unknown): Promise<Next> {
    const { target } = this.#fleet.invoker;
    const verdict = this.#patience.afterLoss(error);
    if (verdict.wait === null)
      return this.#fail(answersLost(error, target, await target.region(), verdict, this.#names()));
    this.#backToQueue();
    // Evaluation is pure: evaluated twice, it is the same point, and only one answer is taken.
    this.#tellDuplicates();
    await this.#pause(verdict.wait);
    return "again";
  }

  #takeFailure({ payload, logTail, milliseconds }: Extract<Reply, { kind: "failure" }>): Next {
    const { functionName } = this.#fleet.invoker.target;
    this.#fleet.window.answered();
    const type = payload.errorType ?? "";
    if (isBroken(type)) return this.#fail(brokenEvaluator(payload, functionName));
    const isDeath = /ExitError|NodeJsExit|OutOfMemory/.test(type);
    if (isDeath) for (const task of this.#tasks) task.deaths += 1;
    const isAlone = this.#tasks.length === 1;
    if (isAlone && !(isDeath && this.#tasks[0].deaths < MAX_DEATHS))
      return this.#fail(functionError(payload, logTail, milliseconds, functionName, this.#names()));
    for (const task of this.#tasks) task.isAlone = true;
    this.#backToQueue();
    this.#tellDuplicates();
    this.#requeue();
    return "ended";
  }

  /** Gives the place back and waits for another, or gives up. */
  async #waitForPlace({ reason, error }: Extract<Reply, { kind: "not-run" }>): Promise<Next> {
    const { invoker, window } = this.#fleet;
    window.leave();
    this.#hasPlace = false;
    if (reason === "throttled") window.refused();
    const verdict = this.#patience.afterRefusal(reason, error, invoker);
    if (verdict.wait === null) return this.#fail(gaveUp(error, reason, invoker.target, verdict));
    this.#tell(reason === "throttled" ? { throttles: 1 } : { reconnects: 1 });
    this.#backToQueue();
    this.#hasPlace = await window.enterAgain(verdict.wait, retryAfterMs(error), (drop) => this.#onAllEnded(drop));
    this.#waits.clear();
    return this.#hasPlace ? "again" : "ended";
  }

  /** One invocation, and another at the same time where it is a straggler. */
  async #send(): Promise<Reply> {
    const [{ options }] = this.#tasks;
    const pace = this.#fleet.paceOf(this.#tasks[0]);
    if (pace === undefined) return await this.#exchange(options.signal, 1);
    const setting = {
      signal: options.signal,
      onSecond: (usage: Partial<Usage>) => this.#tell(usage),
      onAbandoned: (nth: number) => this.#abandon(nth),
    };
    const send = (signal: AbortSignal, nth: number, onSent: () => void) => this.#exchange(signal, nth, onSent);
    return await new Race(this.#fleet.window, send, setting).run(pace, this.#tasks.length);
  }

  /** An invocation, and others where the worker lacked the artifact. `nth` in the race of the same tasks. */
  async #exchange(signal: AbortSignal | undefined, nth: number, onSent?: () => void): Promise<Reply> {
    const { countMiss } = this.#fleet;
    const tasks = this.#tasks;
    let holder: Holder | null = null;
    const load = await tasks[0].delivery.begin((giveUp) => this.#waits.add(giveUp));
    try {
      if (this.#open().length === 0) throw new AbortError("The invocation was dropped before it was sent.");
      onSent?.();
      const send = (carried: Carried) => this.#request(requestOf(tasks, carried), signal, nth);
      const reply = await converse(load, send, countMiss);
      if (reply.kind === "answer" && reply.response.kind === "outcomes") holder = reply.response;
      return reply;
    } finally {
      load.end(holder);
    }
  }

  async #request(payload: string, signal: AbortSignal | undefined, nth: number): Promise<Reply> {
    for (const task of this.#open()) task.state = "sent";
    this.#requests.set(nth, performance.now());
    try {
      const reply = await this.#fleet.invoker.invoke(payload, signal);
      // What was abandoned is counted already.
      return this.#requests.has(nth) ? this.#priced(reply) : reply;
    } finally {
      this.#requests.delete(nth);
    }
  }

  /** Counts a request whose answer nobody waits for any more: it is billed all the same. */
  #abandon(nth: number): void {
    const sentAt = this.#requests.get(nth);
    if (sentAt === undefined) return;
    this.#requests.delete(nth);
    this.#tell(this.#fleet.usage.ofAbandoned(performance.now() - sentAt));
  }

  #priced(reply: Reply): Reply {
    if (reply.kind === "not-run") return reply;
    this.#tell(this.#fleet.usage.of(reply));
    return reply;
  }

  /** Counts are the first task's; what is billed is shared. */
  #tell(usage: Partial<Usage>): void {
    this.#fleet.count(usage);
    const share = 1 / this.#tasks.length;
    const { billedMs = 0, gigabyteSeconds = 0, cost = 0 } = usage;
    const bill = { billedMs: billedMs * share, gigabyteSeconds: gigabyteSeconds * share, cost: cost * share };
    for (const [i, task] of this.#tasks.entries())
      if (i === 0) task.tell({ ...usage, ...bill });
      else if (cost > 0 || billedMs > 0) task.tell(bill);
  }

  /** What runs twice, or may: each task counts. */
  #tellDuplicates(): void {
    const open = this.#open();
    this.#fleet.count({ duplicates: open.length });
    for (const task of open) task.tell({ duplicates: 1 });
  }

  #open(): readonly Task[] {
    return this.#tasks.filter(({ state }) => state !== "ended");
  }

  /** They are not in flight any more, and end if the batch has dropped what is not. */
  #backToQueue(): void {
    for (const task of this.#open()) {
      task.state = "queued";
      if (task.isDropped) task.abort(task.options.cancelQueued?.reason);
    }
  }

  /** Waits, but not when nobody waits for the tasks any more. Keeps the process alive: they are still to be done. */
  async #pause(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    this.#onAllEnded(resolve);
    await promise;
    clearTimeout(timer);
    this.#waits.delete(resolve);
  }

  /** Calls it once nobody waits for any of the tasks. */
  #onAllEnded(act: () => void): void {
    this.#waits.add(act);
    this.#onTaskEnd();
  }

  #onTaskEnd(): void {
    if (this.#waits.size === 0 || this.#open().length > 0) return;
    for (const act of this.#waits) act();
    this.#waits.clear();
  }

  #requeue(): void {
    this.#backToQueue();
    const open = this.#open();
    if (open.length > 0) this.#fleet.requeue(open);
  }

  #fail(error: unknown): Next {
    for (const task of this.#tasks) if (task.state !== "ended") task.fail(error);
    return "ended";
  }

  #names(): string {
    const more = this.#tasks.length - 1;
    return more === 0 ? this.#tasks[0].name : `${this.#tasks[0].name} and ${more} more`;
  }
}
