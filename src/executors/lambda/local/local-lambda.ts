import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { extname } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { InfrastructureError } from "../../../errors.ts";
import { necessaryVariables, REGION } from "./environment-variables.ts";
import type { EmulatorMessage, StartMessage } from "./messages.ts";
import { ARTIFACT_BUCKET } from "./object-store.ts";
import { type FunctionSettings, type LocalLambdaOptions, resolveSettings } from "./options.ts";

export type { LocalLambdaOptions } from "./options.ts";

/** A running embedded Lambda: one function behind the Invoke operation of the Lambda API, for any Lambda client. */
export interface LocalLambda extends AsyncDisposable {
  /** `http://127.0.0.1:port`, for the client's `endpoint`. */
  readonly endpoint: string;
  readonly functionName: string;
  readonly region: string;
  /** Made for this Lambda, which refuses all others. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Bucket for artifacts that are larger than an invocation, at the same endpoint, as S3 has it. Emptied at the end. */
  readonly artifactBucket: string;
  /** Most invocations in flight. */
  readonly concurrency: number;
  /** Of the process that runs it. */
  readonly pid: number;
  /** Ends it and all its environments; invocations in flight fail with a closed connection. */
  close(): Promise<void>;
}

const START_MS = 30_000;
const CLOSE_MS = 5_000;
const STDERR_LENGTH = 4_096;

/**
 * Starts an embedded Lambda: a process of its own that answers like AWS Lambda and runs every environment as one more process. It never
 * keeps the driver alive, and ends, environments and all, when the driver ends in whatever way.
 *
 * Unlike AWS it does not freeze environments between invocations, does not repeat failed asynchronous ones, and lets a waiting invocation
 * take the first environment that is free, be it a warm one.
 *
 * @throws InvalidInputError for options that AWS would refuse too, InfrastructureError with code `local-lambda` if it does not start.
 */
export async function startLocalLambda(options: LocalLambdaOptions): Promise<LocalLambda> {
  const settings = resolveSettings(options);
  const accessKeyId = `LOCAL${randomBytes(10).toString("hex").toUpperCase()}`;
  const emulator = new Emulator();
  const port = await emulator.start({ settings, accessKeyId });
  return describe(emulator, port, settings, accessKeyId);
}

function describe(emulator: Emulator, port: number, settings: FunctionSettings, accessKeyId: string): LocalLambda {
  return {
    endpoint: `http://127.0.0.1:${port}`,
    functionName: settings.functionName,
    region: REGION,
    credentials: { accessKeyId, secretAccessKey: randomBytes(20).toString("hex") },
    artifactBucket: ARTIFACT_BUCKET,
    concurrency: settings.concurrency,
    pid: emulator.pid,
    close: () => emulator.close(),
    [Symbol.asyncDispose]: () => emulator.close(),
  };
}

/** The emulator's process, seen from the driver. */
class Emulator {
  readonly #process: ChildProcess;
  /** Environments that run: ours to end should the emulator be killed. */
  readonly #environments = new Set<number>();
  readonly #ended: Promise<void>;
  #folder: string | undefined;
  #stderr = "";
  #closing = false;

  constructor() {
    const extension = extname(fileURLToPath(import.meta.url));
    const flags = extension === ".ts" ? ["--disable-warning=ExperimentalWarning"] : [];
    this.#process = spawn(process.execPath, [...flags, fileURLToPath(new URL(`./main${extension}`, import.meta.url))], {
      env: { ...necessaryVariables(), ...temporaryFolder() },
      stdio: ["pipe", "pipe", "pipe"],
      // Ctrl-C at the terminal is for the driver alone, which may want to finish what it has begun.
      detached: true,
      windowsHide: true,
    });
    this.#process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_LENGTH);
    });
    this.#process.stdin?.on("error", () => {});
    this.#ended = new Promise((resolve) => {
      this.#process.on("close", (code, signal) => resolve(this.#cleanUp(code, signal)));
      this.#process.on("error", (error) => {
        this.#stderr += error.message;
        if (this.#process.pid === undefined) resolve();
      });
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Returns the port on which the function can be invoked. */
  async start(message: StartMessage): Promise<number> {
    const port = new Promise<number>((resolve) => {
      if (this.#process.stdout) readLines(this.#process.stdout, (line) => this.#note(JSON.parse(line), resolve));
    });
    this.#process.stdin?.write(`${JSON.stringify(message)}\n`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, START_MS, undefined);
    });
    const started = await Promise.race([port, this.#ended.then(() => undefined), late]);
    clearTimeout(timer);
    if (started === undefined) {
      this.#closing = true;
      this.#process.kill("SIGKILL");
      const reason = this.#stderr.trim() || `it did not answer within ${START_MS / 1_000} s`;
      throw new InfrastructureError(
        "local-lambda",
        `The embedded Lambda did not start (${process.execPath}): ${reason}`,
      );
    }
    this.#letGo();
    return started;
  }

  async close(): Promise<void> {
    this.#closing = true;
    // Only now is it waited for.
    this.#process.ref();
    this.#process.stdin?.end();
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), CLOSE_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  #note(message: EmulatorMessage, listening: (port: number) => void): void {
    if ("folder" in message) this.#folder = message.folder;
    else if ("started" in message) this.#environments.add(message.started);
    else if ("ended" in message) this.#environments.delete(message.ended);
    else listening(message.port);
  }

  /** Neither the process nor its pipes keep the driver's event loop going. */
  #letGo(): void {
    this.#process.unref();
    for (const pipe of [this.#process.stdin, this.#process.stdout, this.#process.stderr])
      if (pipe !== null && "unref" in pipe && typeof pipe.unref === "function") pipe.unref();
  }

  /** The emulator is gone. Had it no time to end its environments, it is done here. */
  async #cleanUp(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    for (const pid of this.#environments) {
      try {
        process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
      } catch {
        // Gone already.
      }
    }
    if (this.#folder !== undefined)
      await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
    if (this.#closing) return;
    const how = signal === null ? `with exit status ${code}` : `by ${signal}`;
    process.emitWarning(
      `The embedded Lambda (process ${this.pid}) was ended ${how}; its environments are ended too, and invocations fail until another is started.`,
      { code: "FANOPT_LOCAL_LAMBDA", detail: this.#stderr.trim() },
    );
  }
}

function temporaryFolder(): Record<string, string> {
  const { TMPDIR, TEMP, TMP } = process.env;
  return Object.fromEntries(Object.entries({ TMPDIR, TEMP, TMP }).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
}
