import { FanoptError } from "../../errors.ts";

/**
 * The worker did not survive a point, twice, or the point took longer than it may: the criterion ended the process, crashed, ran out of memory
 * or hangs. It concerns that point: under `errorHandling: "continue"` the run goes on.
 */
export class WorkerError extends FanoptError {
  /** How the worker ended. */
  readonly reason: "exit" | "signal" | "out-of-memory" | "uncaught" | "timeout";

  constructor(reason: WorkerError["reason"], message: string, options?: ErrorOptions) {
    super("worker-error", message, options);
    this.reason = reason;
  }
}
