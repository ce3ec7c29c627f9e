import { AbortError } from "../../errors.ts";
import { pack, unpack } from "../../transport/codec.ts";
import type { Usage } from "../../usage.ts";
import type { SubmitOptions } from "../types.ts";
import type { Backend, ChunkOptions, WorkerExecutor } from "./backend.ts";
import { checkChunkOptions } from "./options.ts";
import { Session } from "./session.ts";

/**
 * An executor over workers of its own. Lazy: no worker starts before the first task. A point whose worker dies is evaluated once more, alone.
 *
 * @param where names the call in messages: "createThreadExecutor".
 * @throws InvalidInputError for a wrong option.
 */
export function createChunkExecutor(backend: Backend, options: ChunkOptions, where: string): WorkerExecutor {
  checkChunkOptions(options, where);
  const session = new Session(backend, options);
  const gatherings = new Gatherings(session);
  const close = () => session.close();
  return {
    submit: (fun, arg, given = {}) => gatherings.submit(fun, arg, given) as Promise<never>,
    submitAll: (fun, args, given) => session.run(fun, args, given as never),
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface SubmittedTask {
  readonly arg: unknown;
  readonly onUsage: SubmitOptions["onUsage"];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface Gathering {
  readonly fun: unknown;
  readonly options: SubmitOptions;
  readonly tasks: SubmittedTask[];
}

/** Tasks that are submitted one by one in the same turn travel together. */
class Gatherings {
  readonly #session: Session;
  #open: Gathering[] = [];

  constructor(session: Session) {
    this.#session = session;
  }

  submit(fun: unknown, arg: unknown, options: SubmitOptions): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    try {
      // As it is now: the caller may go on to change it.
      const snapshot = typeof arg === "object" || typeof arg === "function" ? unpack(pack(arg, "the argument")) : arg;
      this.#gatheringOf(fun, options).tasks.push({ arg: snapshot, onUsage: options.onUsage, resolve, reject });
    } catch (error) {
      reject(error);
    }
    return promise;
  }

  #gatheringOf(fun: unknown, options: SubmitOptions): Gathering {
    const { signal, cancelQueued } = options;
    const known = this.#open.findLast(
      (one) => one.fun === fun && one.options.signal === signal && one.options.cancelQueued === cancelQueued,
    );
    if (known !== undefined) return known;
    const made: Gathering = { fun, options, tasks: [] };
    if (this.#open.length === 0) process.nextTick(() => this.#send());
    this.#open.push(made);
    return made;
  }

  #send(): void {
    const ready = this.#open;
    this.#open = [];
    for (const gathering of ready) void this.#run(gathering);
  }

  async #run({ fun, options: { signal, cancelQueued }, tasks }: Gathering): Promise<void> {
    const args = tasks.map(({ arg }) => arg);
    const listens = tasks.some(({ onUsage }) => onUsage !== undefined);
    let missing: unknown;
    try {
      await this.#session.run(fun, args, {
        signal,
        cancelQueued,
        onSettled: (index, end) => {
          if (end.ok) tasks[index].resolve(end.value);
          else tasks[index].reject(end.error);
        },
        onUsage: listens ? (index, usage) => tell(tasks[index], usage) : undefined,
      });
      missing = new AbortError("The task was dropped before it started.", { cause: cancelQueued?.reason });
    } catch (error) {
      missing = error;
    }
    // Those that have ended take no notice.
    for (const { reject } of tasks) reject(missing);
  }
}

/** Who listens to one task must not end the others. */
function tell({ onUsage, reject }: SubmittedTask, usage: Usage): void {
  try {
    onUsage?.(usage);
  } catch (error) {
    reject(error);
  }
}
