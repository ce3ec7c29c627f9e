/**
 * Tasks a second on MPI ranks, against mpi4py.futures of the same MPICH with the same number of ranks and the same chunk size, where mpi4py is
 * there (FANOPT_BENCH_PYTHON names a Python that has it): node test/bench/mpi.ts. Needs mpich, and dist/ (npm run build).
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median } from "../fixtures/median.ts";

const RANKS = 3;
const TASKS = 2_000;
const ROUNDS = 5;

const mpiexec = process.env.FANOPT_MPIEXEC_MPICH ?? "mpiexec.mpich";
const python = process.env.FANOPT_BENCH_PYTHON ?? "python3";
const fileOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const launcher = new URL("../../src/executors/mpi/launch.ts", import.meta.url).href;

const ours = [process.execPath, "--import", launcher, fileOf("./fixtures/mpi-rate.ts")];
const theirs = [python, "-m", "mpi4py.futures", fileOf("./fixtures/mpi_rate.py")];

interface Rate {
  readonly tasksPerSecond: number;
  readonly workers: number;
}

function run(program: readonly string[], chunkSize: number): number {
  // A wheel of mpi4py may load another MPI, and run every rank alone.
  const env = { ...process.env, MPI4PY_MPIABI: "mpich" };
  const args = ["-n", String(RANKS), ...program, String(TASKS), String(chunkSize)];
  const { status, stdout, stderr, error } = spawnSync(mpiexec, args, { env, encoding: "utf8", timeout: 60_000 });
  if (status !== 0) throw new Error(`${mpiexec} ${args.join(" ")} ended with ${status}: ${error ?? stderr}`);
  const lines = stdout.trim().split("\n");
  if (lines.length !== 1) throw new Error(`Every rank was a driver of its own: ${stdout}`);
  const { tasksPerSecond, workers } = JSON.parse(lines[0]) as Rate;
  if (workers !== RANKS - 1) throw new Error(`Expected ${RANKS - 1} workers, but ${workers} evaluated.`);
  return tasksPerSecond;
}

const isThere = spawnSync(python, ["-c", "import mpi4py"], { stdio: "ignore" }).status === 0;
if (!isThere) console.log(`${python} has no mpi4py: not compared. FANOPT_BENCH_PYTHON names another Python.`);

for (const chunkSize of [1, TASKS / 8]) {
  const rates = { ours: [] as number[], theirs: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    rates.ours.push(run(ours, chunkSize));
    if (isThere) rates.theirs.push(run(theirs, chunkSize));
  }
  const told = (list: number[]) => `${Math.round(median(list))} tasks/s`;
  console.log(`${TASKS} tasks, chunks of ${chunkSize}, ${RANKS - 1} worker ranks: fanopt ${told(rates.ours)}`);
  if (isThere)
    console.log(
      `  mpi4py.futures ${told(rates.theirs)}; ratio ${(median(rates.ours) / median(rates.theirs)).toFixed(2)} (aim ≥ 1.5)`,
    );
}
