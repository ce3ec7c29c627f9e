import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { exitError, outOfMemoryError, type ProcessEnd, responseTooLarge, timedOutError } from "./environment-errors.ts";
import { environmentVariables, functionArn } from "./environment-variables.ts";
import { ExecutionLog, endLines, startLine } from "./execution-log.ts";
import { type FunctionError, type Invocation, MAX_RESPONSE_BYTES } from "./invocation.ts";
import { peakMemoryMB } from "./memory.ts";
import type { FunctionSettings } from "./options.ts";
import { RuntimeApi } from "./runtime-api.ts";

/**
 * `starting` until it asks for its first invocation; `ready` while it waits for one; `busy` with one; `finishing` when it has answered and
 * not yet asked for the next; `ended` for good.
 */
export type EnvironmentState = "starting" | "ready" | "busy" | "finishing" | "ended";

/** AWS ends an initialization after 10 s and runs it again within the invocation's time: as if it had so long in all. */
const INIT_SECONDS = 10;
/** How long a process may take to go on or go away by itself after it has said that it will. */
const GRACE_MS = 1_000;
/** For the REPORT line the memory need not be known better: to ask for it costs as much as the rest of a short invocation. */
const MEMORY_AGE_MS = 250;

const extension = extname(fileURLToPath(import.meta.url));
const bootstrap = fileURLToPath(new URL(`./bootstrap${extension}`, import.meta.url));

/** One process that runs the handler, one invocation after the other, like an execution environment of AWS Lambda. */
export class Environment {
  readonly #settings: FunctionSettings;
  readonly #changed: (environment: Environment, before: EnvironmentState) => void;
  readonly #folder: string;
  readonly #log: ExecutionLog;
  readonly #api: RuntimeApi;
  readonly #createdAt = performance.now();
  #state: EnvironmentState = "starting";
  #process: ChildProcess | undefined;
  #gone: ProcessEnd | undefined;
  #endedBy: "timeout" | "memory" | undefined;
  #initError: Buffer | undefined;
  #initMs: number | undefined;
  #memoryMB = 0;
  #memoryKnownAt = Number.NEGATIVE_INFINITY;
  #invocation: Invocation | undefined;
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * Starts the process.
   * @param folder for its temporary files; made, and deleted when the environment has ended.
   * @param started is told the process id.
   */
  constructor(
    settings: FunctionSettings,
    folder: string,
    started: (pid: number) => void,
    changed: (environment: Environment, before: EnvironmentState) => void,
  ) {
    this.#settings = settings;
    this.#folder = folder;
    this.#changed = changed;
    mkdirSync(join(folder, "tmp"), { recursive: true });
    this.#log = new ExecutionLog(join(folder, "log"));
    this.#api = new RuntimeApi(
      {
        next: () => this.#next(),
        accepts: (requestId) => this.#invocation?.id === requestId,
        response: (body, bodyBytes, functionError) => this.#respond(body, bodyBytes, functionError),
        initError: (body) => {
          this.#initError = body;
          this.#killAfter(GRACE_MS);
        },
        closed: () => (this.#gone === undefined ? this.#killAfter(GRACE_MS) : this.#ended()),
      },
      (address) => this.#spawn(address, started),
    );
    this.#limit(INIT_SECONDS + settings.timeoutSeconds);
  }

  get state(): EnvironmentState {
    return this.#state;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Runs an invocation; only when `ready`. */
  run(invocation: Invocation): void {
    this.#invocation = invocation;
    this.#startedAt = performance.now();
    this.#limit(this.#settings.timeoutSeconds);
    this.#become("busy");
    const deadline = Date.now() + Math.round(this.#settings.timeoutSeconds * 1_000);
    this.#api.send(invocation, functionArn(this.#settings.functionName), deadline);
  }

  /** Ends `invocation`, which waited for this environment, with the reason for which it did not start; only when `ended`. */
  failToStart(invocation: Invocation): void {
    this.#startedAt = this.#createdAt;
    this.#finishWithEnd(invocation);
  }

  /** Takes note of the memory in use, in MB, and ends the process when that is more than the function has. */
  observeMemory(megabytes: number): void {
    this.#noteMemory(megabytes);
    this.#log.bound();
    if (this.#memoryMB <= this.#settings.memoryMB || this.#endedBy !== undefined) return;
    this.#endedBy = "memory";
    this.kill();
  }

  /** Ends the process and all that it has started, at once, whatever it does. */
  kill(): void {
    if (this.#process === undefined) this.#gone ??= { code: null, signal: "SIGKILL" };
    else killGroup(this.#process);
    if (this.#gone !== undefined) this.#ended();
  }

  #spawn(runtimeApi: string, started: (pid: number) => void): void {
    if (this.#gone !== undefined) return;
    const { nodePath, handlerFile, handlerExport, memoryMB } = this.#settings;
    const flags = [`--max-old-space-size=${Math.floor(memoryMB * 0.9)}`];
    if (extension === ".ts") flags.push("--disable-warning=ExperimentalWarning");
    const child = spawn(nodePath, [...flags, bootstrap, handlerFile, handlerExport], {
      cwd: dirname(handlerFile),
      env: environmentVariables(this.#settings, join(this.#folder, "tmp"), runtimeApi),
      stdio: ["ignore", this.#log.fd, this.#log.fd],
      // A process group of its own: what the handler starts can be ended with it.
      detached: true,
      windowsHide: true,
    });
    this.#process = child;
    if (child.pid !== undefined) started(child.pid);
    child.on("exit", (code, signal) => this.#exited({ code, signal }));
    child.on("error", (problem) => child.pid === undefined && this.#exited({ code: null, signal: null, problem }));
  }

  #next(): void {
    if (this.#state === "starting") {
      this.#initMs = performance.now() - this.#createdAt;
      this.#log.markInitialized();
    }
    clearTimeout(this.#timer);
    if (this.#state === "starting" || this.#state === "finishing") this.#become("ready");
  }

  #respond(body: Buffer, bodyBytes: number, functionError: boolean): void {
    const invocation = this.#invocation;
    if (invocation === undefined) return;
    this.#killAfter(GRACE_MS);
    this.#become("finishing");
    if (bodyBytes > MAX_RESPONSE_BYTES) this.#finishWithError(invocation, responseTooLarge());
    else this.#finish(invocation, body, functionError);
  }

  #exited(how: ProcessEnd): void {
    this.#gone = how;
    // What it said last may still be on its way; what it has started is to go too, and might hold the connection open.
    if (this.#process !== undefined) killGroup(this.#process);
    if (!this.#api.isConnected) this.#ended();
    else this.#killAfter(GRACE_MS);
  }

  #ended(): void {
    if (this.#state === "ended") return;
    clearTimeout(this.#timer);
    const invocation = this.#invocation;
    if (invocation !== undefined) this.#finishWithEnd(invocation);
    this.#api.close();
    this.#become("ended");
    this.#log.close();
    void rm(this.#folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  }

  #finishWithEnd(invocation: Invocation): void {
    if (this.#initError !== undefined && this.#endedBy === undefined) this.#finish(invocation, this.#initError, true);
    else if (this.#endedBy === "timeout")
      this.#finishWithError(invocation, timedOutError(invocation.id, this.#settings.timeoutSeconds));
    else if (this.#endedBy === "memory") this.#finishWithError(invocation, outOfMemoryError(invocation.id));
    else this.#finishWithError(invocation, exitError(invocation.id, this.#gone));
  }

  #finishWithError(invocation: Invocation, error: FunctionError): void {
    this.#finish(invocation, Buffer.from(JSON.stringify(error)), true, error);
  }

  /** @param found by us rather than told by the process: goes into the log as well. */
  #finish(invocation: Invocation, payload: Buffer, functionError: boolean, found?: FunctionError): void {
    this.#invocation = undefined;
    const logTail = invocation.wantsLog ? this.#logTail(invocation.id, functionError, found) : undefined;
    this.#log.clear();
    this.#initMs = undefined;
    invocation.finish({ payload, functionError, logTail });
  }

  #logTail(requestId: string, functionError: boolean, found: FunctionError | undefined): Buffer {
    const durationMs = performance.now() - this.#startedAt;
    if (this.#gone === undefined && this.pid !== undefined && performance.now() - this.#memoryKnownAt > MEMORY_AGE_MS)
      this.#noteMemory(peakMemoryMB(this.pid) ?? 0);
    const report = endLines({
      requestId,
      durationMs,
      initMs: this.#initMs,
      memoryMB: this.#settings.memoryMB,
      maxMemoryUsedMB: this.#memoryMB,
      status: this.#endedBy === "timeout" ? "timeout" : functionError ? "error" : undefined,
      errorType: this.#endedBy === "memory" ? "Runtime.OutOfMemory" : found?.errorType,
    });
    const platform = found === undefined ? "" : `${found.errorMessage}\n${found.errorType}\n`;
    return this.#log.tail(startLine(requestId), platform + report);
  }

  #noteMemory(megabytes: number): void {
    this.#memoryMB = Math.max(this.#memoryMB, megabytes);
    this.#memoryKnownAt = performance.now();
  }

  #become(state: EnvironmentState): void {
    const before = this.#state;
    this.#state = state;
    this.#changed(this, before);
  }

  #limit(seconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#endedBy ??= "timeout";
      this.kill();
    }, seconds * 1_000);
  }

  #killAfter(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.kill(), milliseconds);
  }
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined && process.platform !== "win32") process.kill(-child.pid, "SIGKILL");
    else child.kill("SIGKILL");
  } catch {
    // Gone already.
  }
}
