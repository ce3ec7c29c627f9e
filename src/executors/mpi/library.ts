/** libmpi of the launcher's family, loaded. */
import { InfrastructureError } from "../../errors.ts";
import { type Bindings, bind } from "./bindings.ts";
import { koffiMissing, libraryMissing, wrongLibrary } from "./errors.ts";
import type { Launcher, MpiFamily } from "./launcher.ts";

const FILES: Readonly<Record<MpiFamily, readonly string[]>> =
  process.platform === "darwin"
    ? {
        mpich: ["libmpi.12.dylib", "libmpich.12.dylib", "/opt/homebrew/lib/libmpi.12.dylib"],
        openmpi: ["libmpi.40.dylib", "/opt/homebrew/lib/libmpi.40.dylib"],
      }
    : {
        // Debian calls MPICH's so, to have both; its makers call it libmpi.so.12.
        mpich: ["libmpich.so.12", "libmpi.so.12"],
        openmpi: ["libmpi.so.40"],
      };

/**
 * Loads MPI's library and confirms that it is of the launcher's family; nothing is initialised. `FANOPT_MPI_LIBRARY` names another file.
 *
 * @throws InfrastructureError when koffi or the library is missing, or the library is another family's.
 */
export async function loadMpi(launcher: Launcher, env: NodeJS.ProcessEnv): Promise<Bindings> {
  // UCX, below MPICH and Open MPI, hooks memory functions and signals where it is loaded: Node then crashes at random, and an access out of
  // WebAssembly's memory ends the process instead of throwing.
  env.UCX_MEM_EVENTS ??= "n";
  env.UCX_ERROR_SIGNALS ??= "";
  const koffi = await import("koffi").catch((error: unknown) => {
    throw koffiMissing(error);
  });
  const { FANOPT_MPI_LIBRARY: named } = env;
  const families: readonly MpiFamily[] = launcher.family === null ? ["openmpi", "mpich"] : [launcher.family];
  const files = named === undefined || named === "" ? families.flatMap((family) => FILES[family]) : [named];
  const tried: string[] = [];
  for (const file of files) {
    try {
      const bindings = bind(koffi.load(file, { global: true, lazy: true }), file);
      if (!families.includes(bindings.family)) throw wrongLibrary(launcher, file, bindings.version);
      return bindings;
    } catch (error) {
      if (error instanceof InfrastructureError) throw error;
      tried.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw libraryMissing(launcher, tried);
}
