/** What the launcher's environment says, before MPI is loaded: a library that does not fit the launcher would run every rank alone. */

/** Implementations that share binary interfaces: MPICH with Intel MPI, MVAPICH and Cray MPICH, and Open MPI. */
export type MpiFamily = "mpich" | "openmpi";

export interface Launcher {
  /** Whose library the ranks need; null where the launcher serves both. */
  readonly family: MpiFamily | null;
  /** Its name, for messages. */
  readonly name: string;
  /** Of this process. */
  readonly rank: number;
  /** Ranks of the job. */
  readonly size: number;
}

/**
 * Whether an MPI launcher (mpiexec, or srun with `--mpi=pmi2` or `--mpi=pmix`) started this process or an ancestor, by its environment. Nothing is
 * loaded. Also true in child processes and threads of a program under MPI, where `"mpi"` cannot be used.
 *
 * @example
 * const batchEvaluator = isUnderMpi() ? "mpi" : "processes";
 */
export function isUnderMpi(): boolean {
  return detectLauncher(process.env) !== undefined;
}

/** The launcher that started this process (or an ancestor); undefined when it was started plainly. */
export function detectLauncher(env: NodeJS.ProcessEnv): Launcher | undefined {
  const count = (name: string): number | undefined => {
    const text = env[name];
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  const of = (family: MpiFamily | null, name: string, rank?: number, size?: number): Launcher | undefined =>
    rank === undefined || size === undefined ? undefined : { family, name, rank, size };
  // A rank must come from a process manager: Slurm sets its own variables also where it starts no MPI job.
  const tasks = count("SLURM_STEP_NUM_TASKS") ?? count("SLURM_NTASKS");
  const pmi = env.PMI_JOBID === undefined ? "MPICH's mpiexec" : "srun --mpi=pmi2";
  return (
    of("openmpi", "Open MPI's mpiexec", count("OMPI_COMM_WORLD_RANK"), count("OMPI_COMM_WORLD_SIZE")) ??
    of("mpich", pmi, count("PMI_RANK"), count("PMI_SIZE")) ??
    of(null, "srun --mpi=pmix", count("PMIX_RANK"), tasks)
  );
}
