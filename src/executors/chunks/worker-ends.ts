/** How workers end, in words. */
import { InfrastructureError, show } from "../../errors.ts";
import { WorkerDeath } from "./worker-pool.ts";

/** An idle worker is let go after so long: a round may wait for its slowest point, a program may be done with fanopt. */
export const IDLE_MS = 300_000;

export function exited(code: number | null): WorkerDeath {
  return new WorkerDeath("exit", `called process.exit(${code}), or ended by itself with code ${code}`);
}

export function uncaught(error: unknown): WorkerDeath {
  return new WorkerDeath("uncaught", `ended by an error that nothing caught (${show(error)})`, { cause: error });
}

export function outOfMemory(how: string, memoryMB: number | undefined): WorkerDeath {
  const limit = memoryMB === undefined ? "" : ` of memoryMB = ${memoryMB}`;
  return new WorkerDeath("out-of-memory", `${how}${limit}`);
}

/** @param how as the end of a sentence: "it ended with code 1". */
export function notStarted(
  worker: string,
  how: string,
  cause: unknown,
  memoryMB: number | undefined,
): InfrastructureError {
  const hint = memoryMB === undefined ? "" : ` If memoryMB = ${memoryMB} is too little for Node itself, give it more.`;
  return new InfrastructureError(
    "worker-start",
    `A ${worker} could not be started: ${how}.${hint}`,
    cause === undefined ? undefined : { cause },
  );
}

/** The worker lives, but what it runs has failed, or the chunk could not be sent: our own fault. */
export function failed(worker: string, error: unknown): InfrastructureError {
  const { message = show(error) } = (error ?? {}) as { message?: string };
  return new InfrastructureError("worker-failed", `A ${worker} failed: ${message}`, { cause: error });
}
