/**
 * `mpiexec -n 3 node --import fanopt/mpi program.ts`: rank 0 goes on to run the program, the others evaluate points for it and never get there.
 * Under no launcher, in threads and in child processes it does nothing.
 */
import { isMainThread } from "node:worker_threads";
import { detectLauncher } from "./launcher.ts";
import { MARKER } from "./marker.ts";

const launcher = isMainThread && process.env[MARKER] === undefined ? detectLauncher(process.env) : undefined;
if (launcher !== undefined) {
  process.env[MARKER] = String(process.pid);
  const { enter } = await import("./enter.ts");
  await enter(launcher);
}
