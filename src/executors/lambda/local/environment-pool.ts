import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Environment, type EnvironmentState } from "./environment.ts";
import type { Invocation, InvocationOutcome } from "./invocation.ts";
import { MEMORY_CHECK_MS, measureMemory } from "./memory.ts";
import type { FunctionSettings } from "./options.ts";

/** Environments that start at the same time: more would only delay the first of them. */
const STARTS_AT_ONCE = Math.max(2, availableParallelism());

/** The environments of one function: the warm ones are used again, the most recently used first; others are started as needed. */
export class EnvironmentPool {
  readonly #settings: FunctionSettings;
  readonly #folder: string;
  readonly #report: (pid: number, alive: boolean) => void;
  readonly #environments = new Set<Environment>();
  readonly #counts: Record<EnvironmentState, number> = { starting: 0, ready: 0, busy: 0, finishing: 0, ended: 0 };
  /** The most recently used at the end. */
  readonly #idle: Array<{ readonly environment: Environment; readonly since: number }> = [];
  /** Accepted, but no environment has taken them yet. */
  readonly #waiting: Invocation[] = [];
  /** Asynchronous invocations beyond the concurrency limit. */
  readonly #queued: Invocation[] = [];
  #inFlight = 0;
  #started = 0;
  #closed = false;
  #memoryTimer: NodeJS.Timeout | undefined;
  #idleTimer: NodeJS.Timeout | undefined;

  /**
   * @param folder for the temporary files of the environments.
   * @param report is told the process id of every environment that starts or has ended.
   */
  constructor(settings: FunctionSettings, folder: string, report: (pid: number, alive: boolean) => void) {
    this.#settings = settings;
    this.#folder = folder;
    this.#report = report;
  }

  /** Runs the invocation, or returns false when as many are in flight as the function's concurrency allows. */
  invoke(invocation: Invocation): boolean {
    // Invocations are counted, not environments: one that has answered may not have asked for more yet.
    if (this.#inFlight >= this.#settings.concurrency) return false;
    this.#inFlight++;
    this.#memoryTimer ??= setInterval(() => this.#checkMemory(), MEMORY_CHECK_MS);
    const counted = { ...invocation, finish: (outcome: InvocationOutcome) => this.#finished(invocation, outcome) };
    const warm = this.#idle.pop();
    if (warm !== undefined) {
      warm.environment.run(counted);
    } else {
      this.#waiting.push(counted);
      this.#startWhereNeeded();
    }
    return true;
  }

  /** Runs the invocation when the concurrency allows it. */
  enqueue(invocation: Invocation): void {
    if (!this.invoke(invocation)) this.#queued.push(invocation);
  }

  /** Ends all environments, whatever they do. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#memoryTimer);
    clearTimeout(this.#idleTimer);
    this.#waiting.length = 0;
    this.#queued.length = 0;
    for (const environment of this.#environments) environment.kill();
    while (this.#environments.size > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  #finished(invocation: Invocation, outcome: InvocationOutcome): void {
    this.#inFlight--;
    invocation.finish(outcome);
    const next = this.#closed ? undefined : this.#queued.shift();
    if (next !== undefined) this.invoke(next);
  }

  #startWhereNeeded(): void {
    const { starting, finishing } = this.#counts;
    const missing = Math.min(this.#waiting.length - starting - finishing, STARTS_AT_ONCE - starting);
    for (let i = 0; i < missing && !this.#closed; i++) {
      const environment = new Environment(
        this.#settings,
        join(this.#folder, String(++this.#started)),
        (pid) => this.#report(pid, true),
        (changed, before) => this.#changed(changed, before),
      );
      this.#counts.starting++;
      this.#environments.add(environment);
    }
  }

  #changed(environment: Environment, before: EnvironmentState): void {
    this.#counts[before]--;
    this.#counts[environment.state]++;
    if (environment.state === "ready") this.#assign(environment);
    if (environment.state === "ended") this.#forget(environment, before);
    if (this.#waiting.length > 0) this.#startWhereNeeded();
  }

  #assign(environment: Environment): void {
    const invocation = this.#waiting.shift();
    if (invocation !== undefined) {
      environment.run(invocation);
      return;
    }
    this.#idle.push({ environment, since: performance.now() });
    this.#idleTimer ??= setTimeout(() => this.#endIdle(), this.#settings.idleSeconds * 1_000);
  }

  #forget(environment: Environment, before: EnvironmentState): void {
    this.#environments.delete(environment);
    if (environment.pid !== undefined) this.#report(environment.pid, false);
    if (before === "ready") {
      const index = this.#idle.findIndex((idle) => idle.environment === environment);
      if (index >= 0) this.#idle.splice(index, 1);
    }
    // What keeps one environment from starting may keep them all from it: each failure is the answer to one invocation.
    const waiting = before === "starting" ? this.#waiting.shift() : undefined;
    if (waiting !== undefined) environment.failToStart(waiting);
  }

  #endIdle(): void {
    const idleMs = this.#settings.idleSeconds * 1_000;
    while (this.#idle.length > 0 && performance.now() - this.#idle[0].since >= idleMs - 1)
      this.#idle.shift()?.environment.kill();
    const next = this.#idle[0];
    this.#idleTimer = next && setTimeout(() => this.#endIdle(), next.since + idleMs - performance.now());
  }

  #checkMemory(): void {
    if (this.#inFlight === 0) {
      clearInterval(this.#memoryTimer);
      this.#memoryTimer = undefined;
      return;
    }
    const byPid = new Map<number, Environment>();
    for (const environment of this.#environments)
      if (environment.pid !== undefined) byPid.set(environment.pid, environment);
    measureMemory([...byPid.keys()], (pid, megabytes) => byPid.get(pid)?.observeMemory(megabytes));
  }
}
