/** What this process is in the MPI job. */
import { isMainThread } from "node:worker_threads";
import { notImported, notTheDriver, notUnderLauncher, noWorkerRanks, twoCopies } from "./errors.ts";
import { detectLauncher } from "./launcher.ts";
import { MARKER } from "./marker.ts";
import { Ranks } from "./ranks.ts";
import { endWithDriver } from "./shutdown.ts";
import type { World } from "./world.ts";

let ranks: Ranks | undefined;

/** This process is rank 0. */
export function becomeDriver(world: World): void {
  ranks = new Ranks(world);
  endWithDriver(world);
}

/** Undefined where this process is no driver. */
export function currentRanks(): Ranks | undefined {
  return ranks;
}

/** @throws InfrastructureError that says why there are none, with the line that starts the program with some. */
export function requireRanks(): Ranks {
  if (ranks === undefined) {
    const launcher = detectLauncher(process.env);
    if (launcher === undefined) throw notUnderLauncher();
    if (!isMainThread) throw notTheDriver("worker thread");
    const { [MARKER]: joined } = process.env;
    if (joined === undefined) throw notImported(launcher);
    throw joined === String(process.pid) ? twoCopies() : notTheDriver("child process");
  }
  if (ranks.count === 0) throw noWorkerRanks();
  return ranks;
}
