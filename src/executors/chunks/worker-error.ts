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
    "Give workers more memory (memoryMB), use fewer of them (nWorkers), or make the criterion need less.",
  uncaught:
    "An error was thrown where nothing catches it: in a callback of a timer or socket, or by a promise that nobody awaits. Await it in the criterion.",
};

/**
 * The error of a point that ended its worker, or took too long.
 *
 * @param worker what it is: "worker thread".
 * @param why how the second worker ended, or the seconds that were allowed.
 */
export function workerError(worker: string, arg: unknown, why: WorkerDeath | number): WorkerError {
  const where = taskName(arg);
  if (typeof why === "number")
    return new WorkerError(
      "timeout",
      `A ${worker} had not finished ${where} after ${why} s (timeout): it was given up. Look for an endless loop or a promise that never ` +
        "resolves at this point, or raise the timeout.",
    );
  return new WorkerError(
    why.kind,
    `The ${worker} that evaluated ${where} ${why.message}; so did another one before, which had the same point. ${REMEDIES[why.kind]}`,
    why.cause === undefined ? undefined : { cause: why.cause },
  );
}
