/** This process in MPI's world: joined once, when `fanopt/mpi` is imported, and left when the process ends. */
import type { Bindings } from "./bindings.ts";
import { aloneInTheWorld } from "./errors.ts";
import type { Launcher } from "./launcher.ts";
import { loadMpi } from "./library.ts";
import { Mailbox } from "./mailbox.ts";

export interface World {
  readonly rank: number;
  /** Ranks, the driver included. */
  readonly size: number;
  readonly mpi: Bindings;
  readonly mailbox: Mailbox;
}

/**
 * Initialises MPI: waits for all ranks to do the same.
 *
 * @throws InfrastructureError where the library is missing or does not belong to the launcher.
 */
export async function joinWorld(launcher: Launcher, env: NodeJS.ProcessEnv): Promise<World> {
  const mpi = await loadMpi(launcher, env);
  mpi.init();
  const size = mpi.size();
  if (size !== launcher.size) {
    mpi.finalize();
    throw aloneInTheWorld(launcher, mpi.file, mpi.version, size);
  }
  return { rank: mpi.rank(), size, mpi, mailbox: new Mailbox(mpi) };
}
