import { fstatSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { becomeDriver } from "./driver.ts";
import { launcherOutOfReach } from "./errors.ts";
import type { Launcher } from "./launcher.ts";
import { joinWorld, type World } from "./world.ts";

/** Rank 0 is to be heard first: its message is the one that says all. */
const DRIVER_SPEAKS_MS = 50;
const OTHERS_SPEAK_MS = 500;

/** Joins the job. Resolves on rank 0 alone. */
export async function enter(launcher: Launcher): Promise<void> {
  // Before MPI lets the driver go on: a rank that is still loading could not be stopped.
  const parking = launcher.rank === 0 ? undefined : await import("./park.ts");
  const world = await join(launcher).catch((error: unknown) => leave(launcher, error));
  if (parking === undefined) becomeDriver(world);
  else await parking.park(world);
}

async function join(launcher: Launcher): Promise<World> {
  const { PMI_FD } = process.env;
  if (PMI_FD !== undefined && !isSocket(Number(PMI_FD))) throw launcherOutOfReach(launcher);
  return joinWorld(launcher, process.env);
}

/** Node closes what its child processes do not use, and may have given the number to something else. */
function isSocket(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isSocket();
  } catch {
    return false;
  }
}

/** Ends a rank that cannot join, and with it the job: the others would wait for it for ever. */
async function leave({ rank }: Launcher, error: unknown): Promise<World> {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    rank === 0 ? `${inspect(error)}\n` : `rank-${rank}@${hostname()}: ${message.split("\n", 1)[0]}\n`,
  );
  await sleep(rank === 0 ? DRIVER_SPEAKS_MS : OTHERS_SPEAK_MS);
  endJob(process.env);
  process.exit(1);
}

/**
 * MPICH's launcher takes no notice of a process that ends before MPI_Init, unless it says so: in PMI-1, the protocol between them, on a descriptor
 * that the process inherits. Slurm, which sets PMI_JOBID, speaks another one there; Open MPI's launcher ends the job by itself.
 */
function endJob({ PMI_FD, PMI_JOBID }: NodeJS.ProcessEnv): void {
  if (PMI_FD === undefined || PMI_JOBID !== undefined || !isSocket(Number(PMI_FD))) return;
  try {
    writeSync(Number(PMI_FD), "cmd=abort exitcode=1\n");
  } catch {
    // The job is at its end already.
  }
}
