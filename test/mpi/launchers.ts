/** The launchers of both families. A missing one fails every test that needs it: nothing is skipped. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const root = join(import.meta.dirname, "..", "..");

/**
 * Exit codes that the launcher gives: those of a program of a few lines (MPI_Init, the event, nothing else) in the same situation. MPICH's depends
 * on who is faster: 30 such programs ended by SIGINT gave 27 times 2, twice 0 and once 11; 25 ended by SIGTERM 22 times 15 and 3 times 0.
 */
interface ExitCodes {
  /** A rank was killed by SIGKILL. */
  readonly killedRank: number;
  /** SIGINT to the launcher: Ctrl-C. */
  readonly sigint: readonly number[];
  readonly sigterm: readonly number[];
}

export interface TestLauncher {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly codes: ExitCodes;
  /** A library of the other family. */
  readonly otherLibrary: string;
  /** What becomes of a program that another one starts, which the launcher started. */
  readonly throughAnother: { readonly code: number; readonly says: string };
}

export const launchers: readonly TestLauncher[] = [
  {
    name: "MPICH",
    command: process.env.FANOPT_MPIEXEC_MPICH ?? "mpiexec.mpich",
    args: [],
    codes: { killedRank: 9, sigint: [2, 0, 11], sigterm: [15, 0] },
    otherLibrary: "libmpi.so.40",
    // Its connection is a descriptor, which Node does not hand on.
    throughAnother: { code: 1, says: "mpi-not-direct" },
  },
  {
    name: "Open MPI",
    command: process.env.FANOPT_MPIEXEC_OPENMPI ?? "mpiexec.openmpi",
    args: ["--oversubscribe"],
    codes: { killedRank: 137, sigint: [1], sigterm: [1] },
    otherLibrary: "libmpich.so.12",
    throughAnother: { code: 0, says: "value 2" },
  },
];

export interface JobOptions {
  /** @default 3 */
  readonly ranks?: number;
  /** What the ranks above 0 are told to run. @default the program */
  readonly otherProgram?: string;
  /** Before the program. @default ["--import", "fanopt/mpi"] */
  readonly nodeOptions?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** @default the project */
  readonly cwd?: string;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Of the job's processes, those that were still there a while after the launcher had ended. */
  readonly orphans: readonly string[];
}

/** No job takes longer, whatever happens in it. */
const LIMIT_MS = 30_000;
/** For processes to be gone when the launcher is. */
const GONE_MS = 5000;
const MARKER = "FANOPT_TEST_JOB";

/** A job under a launcher, or a program without one. */
export class Job {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #marker = randomUUID();
  /** For the program's own files. */
  readonly #folder = mkdtempSync(join(tmpdir(), "fanopt-mpi-"));
  #stdout = "";
  #stderr = "";

  constructor(launcher: TestLauncher | null, program: string, options: JobOptions = {}) {
    const {
      ranks = 3,
      otherProgram,
      nodeOptions = ["--import", "fanopt/mpi"],
      args = [],
      env = {},
      cwd = root,
    } = options;
    const nodeWith = (file: string) => [
      process.execPath,
      ...nodeOptions,
      join(import.meta.dirname, "programs", file),
      ...args,
    ];
    const node = nodeWith(program);
    const [command, ...rest] =
      launcher === null
        ? node
        : otherProgram === undefined
          ? [launcher.command, ...launcher.args, "-n", String(ranks), ...node]
          : [
              launcher.command,
              ...launcher.args,
              "-n",
              "1",
              ...node,
              ":",
              "-n",
              String(ranks - 1),
              ...nodeWith(otherProgram),
            ];
    const { NODE_OPTIONS: _options, VITEST: _vitest, FANOPT_MPI_LIBRARY: _library, ...inherited } = process.env;
    this.#child = spawn(command, rest, {
      cwd,
      env: {
        ...inherited,
        NO_COLOR: "1",
        // Open MPI refuses root, as containers have it, without both.
        OMPI_ALLOW_RUN_AS_ROOT: "1",
        OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1",
        ...env,
        [MARKER]: this.#marker,
        FANOPT_TEST_FOLDER: this.#folder,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.ended = this.#watch().finally(() => rmSync(this.#folder, { recursive: true, force: true }));
  }

  /** What the program has printed so far. */
  get stdout(): string {
    return this.#stdout;
  }

  /** Sends the launcher a signal. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves when the program has printed a text. */
  async printed(text: string): Promise<void> {
    const deadline = Date.now() + LIMIT_MS;
    while (!this.#stdout.includes(text)) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null || Date.now() > deadline)
        throw new Error(`The job did not print ${text}, but:\n${this.#stdout}${this.#stderr}`);
      await sleep(20);
    }
  }

  async #watch(): Promise<Ended> {
    this.#child.stdout?.on("data", (text) => {
      this.#stdout += text;
    });
    this.#child.stderr?.on("data", (text) => {
      this.#stderr += text;
    });
    const { promise, resolve, reject } = Promise.withResolvers<[number | null, NodeJS.Signals | null]>();
    this.#child.on("error", (error) =>
      reject(new Error("The launcher is missing: install mpich and openmpi-bin.", { cause: error })),
    );
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    this.#child.on("close", () => close());
    // Not "close": an orphan would keep the pipes, and is told of by its name.
    this.#child.on("exit", (code, signal) => resolve([code, signal]));
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#child.kill("SIGKILL");
      for (const { pid } of processesOf(this.#marker)) process.kill(pid, "SIGKILL");
    }, LIMIT_MS);
    const [code, signal] = await promise;
    clearTimeout(timer);
    if (isLate) throw new Error(`The job had not ended after ${LIMIT_MS / 1000} s:\n${this.#stdout}${this.#stderr}`);
    const orphans = await this.#orphans();
    // What the pipes still hold.
    await closed;
    return { code, signal, stdout: this.#stdout, stderr: this.#stderr, orphans };
  }

  async #orphans(): Promise<string[]> {
    const deadline = Date.now() + GONE_MS;
    for (;;) {
      const left = processesOf(this.#marker);
      if (left.length === 0) return [];
      if (Date.now() > deadline) {
        for (const { pid } of left) process.kill(pid, "SIGKILL");
        return left.map(({ command }) => command);
      }
      await sleep(20);
    }
  }
}

/** Runs a program to its end. */
export function runJob(launcher: TestLauncher | null, program: string, options?: JobOptions): Promise<Ended> {
  return new Job(launcher, program, options).ended;
}

/** What a program printed as its last line. */
export function reportOf({ stdout, stderr }: Ended): Record<string, unknown> {
  const line = stdout.trim().split("\n").at(-1) ?? "";
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    throw new Error(`Expected a line of JSON, but the program printed:\n${stdout}${stderr}`);
  }
}

interface RunningProcess {
  readonly pid: number;
  readonly command: string;
}

/** Living processes that have inherited a job's marker. */
function processesOf(marker: string): RunningProcess[] {
  return readdirSync("/proc").flatMap((name): RunningProcess[] => {
    if (!/^\d+$/.test(name)) return [];
    try {
      if (!readFileSync(`/proc/${name}/environ`, "latin1").includes(`${MARKER}=${marker}`)) return [];
      const command = readFileSync(`/proc/${name}/cmdline`, "latin1").replaceAll("\0", " ");
      // The environment of one that has ended and waits to be collected is empty or unreadable.
      return [{ pid: Number(name), command }];
    } catch {
      return [];
    }
  });
}
