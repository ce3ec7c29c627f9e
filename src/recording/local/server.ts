import { mkdirSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { InfrastructureError } from "../../errors.ts";
import { holdProcess } from "../hold-process.ts";
import { type Endpoint, isAlive, readEndpoint, type ThreadMessage } from "./endpoint.ts";

/** How long another process may hold the database without answering, before that is an error. */
const lockTimeoutMs = 10_000;
const closeTimeoutMs = 5_000;

/** The server of a folder, as one user of it sees it. */
export interface LocalServer {
  /** Where it listens now. */
  readonly endpoint: Endpoint;
  /** Why it last crashed, as a sentence; null when it did not. */
  readonly trouble: string | null;
  /** Makes sure that a server answers, wherever: the process that had it may have ended. */
  recover(): Promise<void>;
  release(): Promise<void>;
}

/** The servers that this process uses, by folder; one that closes is waited for before it is opened again. */
const servers = new Map<string, SharedServer>();

/**
 * The server of a folder: that of another process where one lives, else one in a thread of this process. Everybody in
 * this process shares it, and it ends when the last has released it; other processes then go on with one of their own.
 * @throws InfrastructureError when the folder cannot be used
 */
export function acquireLocalServer(folder: string): Promise<LocalServer> {
  return holdProcess(() => acquire(folder));
}

async function acquire(folder: string): Promise<LocalServer> {
  const path = existingFolder(folder);
  let shared = servers.get(path);
  while (shared?.closing) {
    await shared.closing;
    shared = servers.get(path);
  }
  if (shared === undefined) {
    shared = new SharedServer(path);
    servers.set(path, shared);
  }
  return await shared.acquire();
}

class SharedServer {
  readonly #path: string;
  #users = 0;
  #endpoint: Endpoint | null = null;
  /** Ours; null while the server of another process is used. */
  #thread: Worker | null = null;
  #finding: Promise<Endpoint> | null = null;
  #trouble: string | null = null;
  closing: Promise<void> | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  async acquire(): Promise<LocalServer> {
    this.#users++;
    try {
      let endpoint = await this.#find();
      const shared = this;
      let released = false;
      return {
        get endpoint() {
          return endpoint;
        },
        get trouble() {
          return shared.#trouble;
        },
        async recover() {
          endpoint = await shared.#find();
        },
        async release() {
          if (released) return;
          released = true;
          await shared.#release();
        },
      };
    } catch (error) {
      await this.#release();
      throw error;
    }
  }

  #find(): Promise<Endpoint> {
    this.#finding ??= this.#findAlive().finally(() => {
      this.#finding = null;
    });
    return this.#finding;
  }

  async #findAlive(): Promise<Endpoint> {
    if (this.#endpoint !== null && (await isAlive(this.#endpoint))) return this.#endpoint;
    const deadline = performance.now() + lockTimeoutMs;
    for (;;) {
      const published = readEndpoint(this.#path);
      if (published !== null && (await isAlive(published))) {
        this.#endpoint = published;
        return published;
      }
      const answer = await this.#start();
      if (answer.kind === "listening") {
        this.#endpoint = answer.endpoint;
        return answer.endpoint;
      }
      if (answer.kind !== "locked") throw unusable(this.#path, answer.message);
      if (performance.now() > deadline) throw locked(this.#path, published);
      await sleep(100 + 100 * Math.random());
    }
  }

  /** Starts the server's thread; resolves with its first message. */
  async #start(): Promise<ThreadMessage> {
    await this.#thread?.terminate();
    const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
    const thread = new Worker(new URL(`./server-thread.${extension}`, import.meta.url), {
      name: "fanopt-dynamodb",
      workerData: this.#path,
      // Flags of the driver, such as --inspect or --test, are not the server's.
      execArgv: [],
    });
    this.#thread = thread;
    const first = new Promise<ThreadMessage>((resolve) => {
      thread.on("message", (message: ThreadMessage) => {
        if (message.kind === "crashed") this.#trouble = `The embedded DynamoDB crashed: ${message.message}.`;
        resolve(message);
      });
      thread.on("error", (error) => resolve({ kind: "unusable", code: "", message: String(error) }));
      thread.on("exit", () => {
        if (this.#thread === thread) this.#thread = null;
        resolve({ kind: "unusable", code: "", message: "its thread ended" });
      });
    });
    // Listening for messages keeps the process alive: undone last.
    thread.unref();
    return await first;
  }

  async #release(): Promise<void> {
    this.#users--;
    if (this.#users > 0) return;
    this.closing = this.#close().finally(() => servers.delete(this.#path));
    await this.closing;
  }

  async #close(): Promise<void> {
    const thread = this.#thread;
    if (thread === null) return;
    const exited = new Promise<void>((resolve) => thread.once("exit", () => resolve()));
    thread.ref();
    thread.postMessage("close");
    const timer = setTimeout(() => void thread.terminate(), closeTimeoutMs);
    await exited;
    clearTimeout(timer);
  }
}

/** The folder's real path, so that two ways to write it are one server. */
function existingFolder(folder: string): string {
  const path = resolve(folder);
  try {
    mkdirSync(path, { recursive: true });
    return realpathSync(path);
  } catch (error) {
    throw unusable(path, error instanceof Error ? error.message : String(error), error);
  }
}

function unusable(path: string, reason: string, cause?: unknown): InfrastructureError {
  return new InfrastructureError(
    "store-unusable",
    `The local run store cannot be opened in ${path}: ${reason}. Choose a folder that can be written to: createRunStore({ kind: "local", path }).`,
    { cause },
  );
}

function locked(path: string, published: Endpoint | null): InfrastructureError {
  const holder = published === null ? "Another process" : `Process ${published.pid} or another`;
  return new InfrastructureError(
    "store-locked",
    `${holder} holds the database of the local run store in ${path}, but has not answered for ${lockTimeoutMs / 1000} s. Wait until it ends, end it, or use another folder: createRunStore({ kind: "local", path }).`,
  );
}
