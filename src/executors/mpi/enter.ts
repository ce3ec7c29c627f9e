import { hostname } from "node:os";
import { becomeDriver } from "./driver.ts";
import type { Launcher } from "./launcher.ts";
import { joinWorld, type World } from "./world.ts";

/** Joins the job. Resolves on rank 0 alone. */
export async function enter(launcher: Launcher): Promise<void> {
  const world = await join(launcher);
  if (world.rank === 0) becomeDriver(world);
  else await (await import("./park.ts")).park(world);
}

/** Rank 0 says in full what went wrong, the others in a line each: it is mostly the same. */
async function join(launcher: Launcher): Promise<World> {
  try {
    return await joinWorld(launcher, process.env);
  } catch (error) {
    if (launcher.rank === 0) throw error;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`rank-${launcher.rank}@${hostname()}: ${message.split("\n", 1)[0]}\n`);
    process.exit(1);
  }
}
