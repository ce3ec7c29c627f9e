/** The life of a rank that evaluates. */
import { hostname, totalmem } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { VERSION } from "../../version.ts";
import { createChunkWorker } from "../../worker/chunk-worker.ts";
import { printedArrives } from "../../worker/printed-arrives.ts";
import { Guard } from "./guard.ts";
import { ParkedRank } from "./parked-rank.ts";
import { rememberUncaught } from "./uncaught.ts";
import type { World } from "./world.ts";

/** For what was printed last to be with the launcher, which may not read it any more. */
const PRINT_MS = 5000;

/** Evaluates chunks until the driver ends; then the process ends. */
export async function park(world: World): Promise<never> {
  const name = `rank-${world.rank}@${hostname()}`;
  // 0 where nothing is known of a limit.
  const allowed = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  const memoryMB = allowed / ranksHere(process.env) / 1e6;
  const guard = new Guard(name);
  guard.install();
  const printUncaught = rememberUncaught();
  let isOver = false;
  // Whatever ends this process else must not strand the driver.
  process.on("exit", (code) => {
    if (isOver) return;
    printUncaught();
    world.mpi.abort(code === 0 ? 1 : code);
  });
  const rank = new ParkedRank(world, guard, () => createChunkWorker(name, memoryMB));
  try {
    await rank.serve({ host: hostname(), version: VERSION });
    world.mpi.finalize();
    isOver = true;
  } catch (error) {
    process.stderr.write(`fanopt: ${name} cannot go on: ${inspect(error)}\n`);
  }
  // A launcher's pipe takes no more than it has room for, and the rest waits here.
  await Promise.race([printedArrives(), sleep(PRINT_MS)]);
  return guard.exit(isOver ? 0 : 1);
}

/** Ranks that share this machine's memory, by the launcher's variables. */
function ranksHere(env: NodeJS.ProcessEnv): number {
  // Slurm's is like 8(x2).
  const text = env.OMPI_COMM_WORLD_LOCAL_SIZE ?? env.MPI_LOCALNRANKS ?? env.SLURM_TASKS_PER_NODE ?? "1";
  return Number.parseInt(text, 10) || 1;
}
