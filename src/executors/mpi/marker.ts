/**
 * Environment variable with the id of the process that joined the MPI job. Threads and forks inherit both the environment and `--import`: it
 * tells them that they are not the one that the launcher started.
 */
export const MARKER = "FANOPT_MPI_PID";
