import { syncBuiltinESMExports } from "node:module";
import { toWireError } from "../../transport/wire-error.ts";
import type { RankReply } from "./chunk-messages.ts";

/** Thrown in the place of the process's end, to leave the criterion. */
class ExitCalled extends Error {
  override readonly name = "ExitCalled";
}

type Death = Extract<RankReply, { kind: "died" }>;

/**
 * Keeps a rank alive. When one ends, MPI ends all of them, the driver included: what would end a process (process.exit, an error that
 * nothing catches) is told to the driver as the end of the chunk under way instead.
 */
export class Guard {
  readonly #name: string;
  readonly #exit = process.exit.bind(process);
  #onDeath: ((death: Death) => void) | undefined;

  /** @param name the rank's, for messages. */
  constructor(name: string) {
    this.#name = name;
  }

  /** Before any criterion is loaded: it may keep a reference to process.exit. */
  install(): void {
    const exit = (code?: unknown): never => {
      const call = `process.exit(${code === undefined ? "" : String(code)})`;
      this.#tell({ kind: "died", death: "exit", message: `called ${call}`, error: null });
      throw new ExitCalled(`${call} was called on ${this.#name}, which evaluates points and cannot end`);
    };
    process.exit = exit;
    // Also for those who import { exit } from "node:process".
    syncBuiltinESMExports();
    process.on("uncaughtException", (error) => this.#onUncaught(error));
    process.on("unhandledRejection", (reason) => this.#onUncaught(reason));
  }

  /** Ends the process. */
  exit(code: number): never {
    return this.#exit(code);
  }

  /**
   * How a chunk ends: as `begin` tells, or as it would have ended a process.
   *
   * @param begin returns what must be called at the end.
   */
  async watch(begin: (end: (reply: RankReply) => void) => () => void): Promise<RankReply> {
    const { promise, resolve } = Promise.withResolvers<RankReply>();
    this.#onDeath = resolve;
    const finish = begin(resolve);
    const reply = await promise;
    finish();
    this.#onDeath = undefined;
    return reply;
  }

  #onUncaught(thrown: unknown): void {
    if (thrown instanceof ExitCalled) return;
    const error = toWireError(thrown);
    const message = `threw an error that nothing caught: ${error.name}: ${error.message}`;
    this.#tell({ kind: "died", death: "uncaught", message, error });
  }

  #tell(death: Death): void {
    if (this.#onDeath !== undefined) this.#onDeath(death);
    else console.error(`fanopt: something that a point left behind on ${this.#name} ${death.message}`);
  }
}
