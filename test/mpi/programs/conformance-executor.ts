/** The MPI executor for the conformance suite. */
import { createMpiExecutor, type WorkerExecutor } from "fanopt";

export function createExecutor(): WorkerExecutor {
  return createMpiExecutor();
}
