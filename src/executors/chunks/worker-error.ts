import { FanoptError } from "../../errors.ts";
import { taskName } from "../task-name.ts";
import type { DeathKind, WorkerDeath } from "./worker-pool.ts";

/**
 * The worker did not survive a point, twice, or the point took longer than it may: the criterion ended the process, crashed, ran out of memory
 * or hangs. It concerns that point: under `errorHandling: "continue"` the run goes on.
 */
export class WorkerError extends FanoptError {
  /** How the worker ended. */
  readonly reason: DeathKind | "timeout";

  constructor(reason: WorkerError["reason"], message: string, options?: ErrorOptions) {
    super("worker-error", message, options);
    this.reason = reason;
  }
}

const REMEDIES: Readonly<Record<DeathKind, string>> = {
  exit: "Look for process.exit in the criterion, or in a library that it uses: throw an error instead.",
  signal: "Somebody ended it, the system for lack of memory, or native code crashed.",
  "out-of-memory":
    "Give workers more memory (memoryMB), use fewer of them (nWorkers), or make the criterion need less. process.abort() and " +
    "failed assertions of native code look the same.",
  uncaught:
    "An error was thrown where nothing catches it: in a callback of a timer or socket, or by a promise that nobody awaits. Await it in the criterion.",
};

/**
 * The error of a point that ended its worker.
 *
 * @param worker what it is: "worker thread".
 * @param deaths workers that ended with the point, the last one by `death`.
 */
export function workerError(worker: string, arg: unknown, death: WorkerDeath, deaths: number): WorkerError {
  const { kind, message, cause } = death;
  const others = deaths > 1 ? "another worker that had the same point ended before" : "the batch had failed by then";
  return new WorkerError(
    kind,
    `The ${worker} that evaluated ${taskName(arg)} ${message}, and it is not evaluated again: ${others}. ${REMEDIES[kind]}`,
    cause === undefined ? undefined : { cause },
  );
}

/** The error of a point that took too long. */
export function timeoutError(worker: string, arg: unknown, seconds: number): WorkerError {
  return new WorkerError(
    "timeout",
    `A ${worker} had not finished ${taskName(arg)} after ${seconds} s (timeout): it was given up. Look for an endless loop or a promise that ` +
      "never resolves at this point, or raise the timeout.",
  );
}
