/** What keeps "mpi" from working, each with the line to use. */
import { relative } from "node:path";
import { isMainThread } from "node:worker_threads";
import { InfrastructureError } from "../../errors.ts";
import type { Launcher, MpiFamily } from "./launcher.ts";
import { MARKER } from "./marker.ts";

/** The line that starts this program under MPI, in the working directory. */
function launchLine(ranks = 3): string {
  return `mpiexec -n ${ranks} node --import fanopt/mpi ${programFile() ?? "program.ts"}`;
}

/** Undefined where it may not be the program that this process runs: a worker's file, or the command of a package. */
function programFile(): string | undefined {
  const [, file] = process.argv;
  const { [MARKER]: joined } = process.env;
  const isStarted = isMainThread && (joined === undefined || joined === String(process.pid));
  if (!isStarted || file === undefined || /[\\/]node_modules[\\/]/.test(file)) return undefined;
  return relative(process.cwd(), file);
}

function mpiError(code: string, message: string, options?: ErrorOptions): InfrastructureError {
  return new InfrastructureError(code, message, options);
}

export function notUnderLauncher(): InfrastructureError {
  return mpiError(
    "mpi-not-launched",
    `"mpi" needs ranks, and this program was not started by an MPI launcher. Start it with\n  ${launchLine()}`,
  );
}

export function notImported({ rank, size }: Launcher): InfrastructureError {
  return mpiError(
    "mpi-not-imported",
    `The launcher started ${ranksOf(size)} and this is rank ${rank}, but fanopt/mpi was not imported before the program: each rank would run ` +
      `all of it. Start it with\n  ${launchLine(Math.max(size, 2))}`,
  );
}

export function twoCopies(): InfrastructureError {
  return mpiError(
    "mpi-two-copies",
    "fanopt/mpi was imported from another copy of fanopt than the program's own, which knows nothing of the ranks: `npm ls fanopt` shows the " +
      `copies. Start the program from the project's folder, without a loader that maps fanopt to another place:\n  ${launchLine()}`,
  );
}

export function launcherOutOfReach({ name }: Launcher): InfrastructureError {
  return mpiError(
    "mpi-not-direct",
    `${name} started another program, which started this one: its connection was lost on the way. Let it start node itself, not npx, npm run or ` +
      `a loader's own command:\n  ${launchLine()}`,
  );
}

/** MPI belongs to the process and the thread that the launcher started. */
export function notTheDriver(what: string): InfrastructureError {
  return mpiError(
    "mpi-not-the-driver",
    `"mpi" was used in a ${what} of a program that runs under MPI: only the main thread of the process that the launcher started can reach ` +
      `the ranks. Run the optimization there, and let the launcher start node itself, not npx, npm run or a loader's own command:\n` +
      `  ${launchLine()}`,
  );
}

export function noWorkerRanks(): InfrastructureError {
  return mpiError(
    "mpi-no-workers",
    `The launcher started 1 rank. It is the driver; the others evaluate, so at least 2 are needed. Start it with\n  ${launchLine()}`,
  );
}

export function koffiMissing(cause: unknown): InfrastructureError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const isForbidden = cause instanceof Error && "code" in cause && cause.code === "ERR_DLOPEN_DISABLED";
  const remedy = isForbidden
    ? "Node was told to load no native addons: add --allow-addons to --permission, or leave out --no-addons."
    : `Install it on each node, for the node's own platform (here ${process.platform} ${process.arch}), with\n  npm install koffi`;
  return mpiError(
    "mpi-koffi-missing",
    `fanopt calls MPI by the package koffi, an optional peer dependency, which cannot be loaded: ${reason}\n${remedy}\nThen start again with\n` +
      `  ${launchLine()}`,
    { cause },
  );
}

/** @param tried names of libraries with what the loader said. */
export function libraryMissing({ name }: Launcher, tried: readonly string[]): InfrastructureError {
  return mpiError(
    "mpi-library-missing",
    `The program was started by ${name}, but its library was not found:\n${tried.map((line) => `  ${line}`).join("\n")}\n` +
      "Install it, load its module, or name the file in FANOPT_MPI_LIBRARY:\n" +
      `  FANOPT_MPI_LIBRARY=/path/to/libmpi.so ${launchLine()}`,
  );
}

/** @param library as it calls itself. */
export function wrongLibrary(launcher: Launcher, file: string, library: string): InfrastructureError {
  const right = launcher.family === "openmpi" ? "Open MPI's (libmpi.so.40)" : "MPICH's (libmpich.so.12, libmpi.so.12)";
  return mpiError(
    "mpi-wrong-library",
    `The program was started by ${launcher.name}, but ${file} is ${library}: every rank would run alone. Name ${right} in FANOPT_MPI_LIBRARY, ` +
      `or unset it, or use the launcher of the library's own family:\n  ${launchLine()}`,
  );
}

/** @param size of MPI_COMM_WORLD. */
export function aloneInTheWorld(launcher: Launcher, file: string, library: string, size: number): InfrastructureError {
  return mpiError(
    "mpi-wrong-library",
    `${launcher.name} started ${ranksOf(launcher.size)}, but ${file} (${library}) sees ${size}: it cannot talk to this launcher. Name the ` +
      `launcher's own library:\n  FANOPT_MPI_LIBRARY=/path/to/libmpi.so ${launchLine()}`,
  );
}

export function mpiCallFailed(name: string, code: number, text: string): InfrastructureError {
  return mpiError("mpi-failed", `${name} failed: ${text || "no text"} (code ${code}).`);
}

export function versionsDiffer(rank: string, version: string, own: string): InfrastructureError {
  return mpiError(
    "mpi-versions-differ",
    `${rank} has fanopt ${version}, the driver ${own}: install the same version on every node, and start again with\n  ${launchLine()}`,
  );
}

/** A warning, while there is hope. */
export function allRanksLost(count: number): string {
  return (
    `All ${count} ranks are busy with points that were given up (a timeout or an abort): what comes next waits until one of them answers. ` +
    "A rank that hangs cannot be replaced: more ranks help, and a criterion that ends."
  );
}

/** Ranks cannot be replaced: what hangs there keeps them. */
export function allRanksHang(seconds: number): InfrastructureError {
  return mpiError(
    "mpi-ranks-hang",
    `All ranks are busy with points that were given up, and none has answered for ${Math.round(seconds)} s: nothing can be evaluated any more. ` +
      "Look for an endless loop in the criterion; more ranks make the run last longer.",
  );
}

export function poolClosed(): InfrastructureError {
  return mpiError("executor-closed", "The MPI executor was closed: what was under way is lost.");
}

function ranksOf(size: number): string {
  return `${size} ${size === 1 ? "rank" : "ranks"}`;
}

/** A family's name as its makers write it. */
export function familyName(family: MpiFamily): string {
  return family === "openmpi" ? "Open MPI" : "MPICH";
}
