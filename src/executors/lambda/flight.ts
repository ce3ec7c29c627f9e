/** The way of one invocation's tasks: sent, again where that is safe, until each has ended or waits in the queue again. */
import { InfrastructureError, show } from "../../errors.ts";
import { fromWireError } from "../../transport/remote-error.ts";
import { addUsage, noUsage, type Usage } from "../../usage.ts";
import { VERSION } from "../../version.ts";
import {
  ARTIFACT_CODES,
  ARTIFACT_UNREACHABLE,
  PROTOCOL_VERSION,
  type WorkerOutcome,
  type WorkerResponse,
} from "../../worker/protocol.ts";
import type { Carried } from "./artifact-delivery.ts";
import { answersLost, functionError, gaveUp } from "./errors.ts";
import type { Grouping } from "./grouping.ts";
import type { BatchPace } from "./hedge.ts";
import type { InvocationUsage } from "./invocation-usage.ts";
import type { Invoker, Reply } from "./invoke.ts";
import { Race } from "./race.ts";
import { backoff, retryAfterMs } from "./retry.ts";
import type { Task } from "./task.ts";
import type { Window } from "./window.ts";

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

/** Seconds for which a service that never answered yet is tried: more likely its name or address is wrong. */
const FIRST_CONTACT_SECONDS = 15;
/** So often a point is evaluated when the answers are lost. */
const MAX_LOSSES = 3;
/** So many workers may die of a point: of the first death something else may be the cause, such as memory that earlier points left. */
const MAX_DEATHS = 2;

/** What is done next with the tasks. */
type Next = "ended" | "again";

/** Tasks of one artifact, one batch and one signal, sharing an invocation. Has a place in the window when it begins. */
export class Flight {
  readonly #fleet: Fleet;
  #tasks: readonly Task[];
  #attempts = 0;
  #losses = 0;
  readonly #startedAt = performance.now();

  constructor(fleet: Fleet, tasks: readonly Task[]) {
    this.#fleet = fleet;
    this.#tasks = tasks;
  }

  /** Never rejects: what fails, fails its tasks. */
  async run(): Promise<void> {
    for (let next: Next = "again"; next === "again"; ) {
      for (const task of this.#tasks) task.state = "sent";
      this.#attempts += 1;
      const reply = await this.#send().catch((error: unknown) => ({ kind: "error", error }) as const);
      if (reply.kind === "not-run") {
        next = await this.#waitForPlace(reply);
        continue;
      }
      next = reply.kind === "error" ? this.#fail(reply.error) : await this.#take(reply);
      if (this.#open().length === 0) next = "ended";
      if (next === "ended") this.#fleet.window.leave();
    }
  }

  /** Looks at what came of an invocation that ran, or may have. */
  async #take(reply: Exclude<Reply, { kind: "not-run" }>): Promise<Next> {
    if (reply.kind === "lost") return await this.#sendAgainAfterLoss(reply.error);
    if (reply.kind === "failure") return this.#takeFailure(reply);
    const { response } = reply;
    const outcomes = outcomesOf(response, this.#tasks.length);
    if (outcomes instanceof Error) return this.#fail(outcomes);
    this.#fleet.window.answered();
    const taskMs = outcomes.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    this.#fleet.grouping.measure(this.#tasks[0].delivery.hash, outcomes.length, reply.milliseconds, taskMs);
    for (const [i, outcome] of outcomes.entries()) if (this.#tasks[i].state !== "ended") this.#tasks[i].settle(outcome);
    // A worker stops before its time or the size of its answer runs out.
    this.#requeue(this.#tasks.slice(outcomes.length));
    return "ended";
  }

  async #sendAgainAfterLoss(error: unknown): Promise<Next> {
    const { invoker } = this.#fleet;
    this.#losses += 1;
    if (this.#losses >= MAX_LOSSES)
      return this.#fail(answersLost(error, invoker.target, await invoker.target.region(), this.#losses, this.#names()));
    // Evaluation is pure: evaluated twice, it is the same point, and only one answer is taken.
    this.#tell({ duplicates: 1 });
    await this.#pause(backoff(this.#losses, error));
    return "again";
  }

  #takeFailure({ payload, logTail, milliseconds }: Extract<Reply, { kind: "failure" }>): Next {
    const type = payload.errorType ?? "";
    const isDeath = /ExitError|NodeJsExit|OutOfMemory/.test(type);
    if (isDeath) for (const task of this.#tasks) task.deaths += 1;
    if (this.#tasks.length > 1) {
      for (const task of this.#tasks) task.isAlone = true;
      this.#tell({ duplicates: this.#tasks.length });
      this.#requeue(this.#tasks);
      return "ended";
    }
    if (isDeath && this.#tasks[0].deaths < MAX_DEATHS) {
      this.#tell({ duplicates: 1 });
      return "again";
    }
    const { functionName } = this.#fleet.invoker.target;
    return this.#fail(functionError(payload, logTail, milliseconds, functionName, this.#names()));
  }

  /** Gives the place back and waits for another, or gives up. */
  async #waitForPlace({ reason, error }: Extract<Reply, { kind: "not-run" }>): Promise<Next> {
    const { invoker, window } = this.#fleet;
    window.leave();
    if (reason === "throttled") window.refused();
    const seconds = invoker.reached
      ? this.#fleet.retrySeconds
      : Math.min(this.#fleet.retrySeconds, FIRST_CONTACT_SECONDS);
    const wait = reason === "clock-skew" ? 0 : backoff(this.#attempts, error);
    // Behind others of the same batch it may wait for longer than any of them takes: it is given up when none gets through.
    const since = reason === "throttled" ? Math.max(this.#startedAt, invoker.answeredAt) : this.#startedAt;
    const isHopeless = reason === "clock-skew" && this.#attempts > 2;
    if (isHopeless || performance.now() + wait > since + seconds * 1000) {
      const tried = isHopeless ? (performance.now() - this.#startedAt) / 1000 : seconds;
      return this.#fail(gaveUp(error, reason, invoker.target, this.#attempts, tried));
    }
    this.#tell(reason === "throttled" ? { throttles: 1 } : { reconnects: 1 });
    for (const task of this.#tasks) if (task.state === "sent") task.state = "queued";
    const hasPlace = await window.enterAgain(wait, retryAfterMs(error), (drop) => this.#onAllEnded(drop));
    if (hasPlace && this.#open().length === 0) window.leave();
    if (this.#open().length === 0) return "ended";
    this.#tasks = this.#open();
    return "again";
  }

  /** One invocation, and another at the same time where it is a straggler. */
  async #send(): Promise<Reply> {
    const [{ options }] = this.#tasks;
    const pace = this.#fleet.paceOf(this.#tasks[0]);
    if (pace === undefined) return await this.#exchange(options.signal);
    return await new Race(this.#fleet.window, (signal) => this.#exchange(signal), {
      signal: options.signal,
      onSecond: () => this.#tell({ hedges: 1 }),
      onAbandoned: (milliseconds) => this.#tell(this.#fleet.usage.ofAbandoned(milliseconds)),
    }).run(pace, this.#tasks.length);
  }

  /** An invocation, and another where the worker lacked the artifact. */
  async #exchange(signal: AbortSignal | undefined): Promise<Reply> {
    const { invoker, countMiss } = this.#fleet;
    const tasks = this.#tasks;
    const { delivery } = tasks[0];
    let holder: string | null = null;
    const carried = await delivery.begin();
    try {
      let reply = this.#priced(await invoker.invoke(requestOf(tasks, carried), signal));
      if (reply.kind === "answer" && reply.response.kind === "need") {
        countMiss();
        delivery.forgetHolders();
        reply = this.#priced(await invoker.invoke(requestOf(tasks, await delivery.whole()), signal));
      } else if (reply.kind === "answer" && isUnreachable(reply.response) && carried.stored !== undefined)
        // The URL may have ended while the invocation waited, or the object may be gone: with another it goes on.
        reply = this.#priced(await invoker.invoke(requestOf(tasks, await delivery.whole(carried)), signal));
      if (reply.kind === "answer" && reply.response.kind === "outcomes") holder = reply.response.worker;
      return reply;
    } finally {
      delivery.end(carried, holder);
    }
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
      if (i === 0) task.tell(addUsage(noUsage, { ...usage, ...bill }));
      else if (cost > 0 || billedMs > 0) task.tell(addUsage(noUsage, bill));
  }

  #open(): readonly Task[] {
    return this.#tasks.filter(({ state }) => state !== "ended");
  }

  /** Waits, but not when nobody waits for the tasks any more. Keeps the process alive: they are still to be done. */
  async #pause(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    this.#onAllEnded(resolve);
    await promise;
    clearTimeout(timer);
  }

  /** Calls it once nobody waits for any of the tasks. */
  #onAllEnded(act: () => void): void {
    for (const task of this.#tasks)
      task.wake = () => {
        if (this.#open().length === 0) act();
      };
  }

  #requeue(tasks: readonly Task[]): void {
    const open = tasks.filter(({ state }) => state !== "ended");
    for (const task of open) task.state = "queued";
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

function isUnreachable(response: WorkerResponse): boolean {
  return response.kind === "unusable" && response.error.code === ARTIFACT_UNREACHABLE;
}

/** The request as JSON. */
function requestOf(tasks: readonly Task[], carried: Carried): string {
  const { hash: artifact } = tasks[0].delivery;
  const head = JSON.stringify({ protocol: PROTOCOL_VERSION, version: VERSION, artifact, ...carried, tasks: [] });
  return `${head.slice(0, -2)}${tasks.map(({ text }) => text).join(",")}]}`;
}

/** Outcomes of the first tasks, one or more; or what is wrong with the answer. */
function outcomesOf(response: WorkerResponse, nTasks: number): readonly WorkerOutcome[] | Error {
  if (response.kind === "unusable") {
    const error = fromWireError(response.error);
    const { code } = response.error;
    if (code === undefined || !ARTIFACT_CODES.has(code)) return error;
    return new InfrastructureError(code, `A worker refused the artifact. ${error.message}`, { cause: error });
  }
  const { outcomes } = response as { outcomes?: readonly WorkerOutcome[] };
  if (response.kind === "outcomes" && outcomes !== undefined && outcomes.length > 0 && outcomes.length <= nTasks)
    return outcomes;
  const expected = nTasks === 1 ? "one outcome was" : `1 to ${nTasks} outcomes were`;
  return new InfrastructureError("protocol", `The function answered ${show(response)} where ${expected} expected.`);
}
