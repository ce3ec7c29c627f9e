/** What a rank that evaluates does all its life. */
import { hostname, totalmem } from "node:os";
import { inspect } from "node:util";
import { toWireError } from "../../transport/wire-error.ts";
import { VERSION } from "../../version.ts";
import type { ChunkReply, ChunkRequest } from "../../worker/chunk-protocol.ts";
import { createChunkWorker } from "../../worker/chunk-worker.ts";
import { type Hello, type RankReply, readRequest, replySections } from "./chunk-messages.ts";
import { Guard } from "./guard.ts";
import { jsonSection, type Message, readJson, TAGS } from "./messages.ts";
import { poll } from "./progress.ts";
import type { World } from "./world.ts";

/** While a point is evaluated and leaves the event loop free, messages are looked for this often. */
const LISTEN_MS = 20;
/** What a chunk that was given up still does is waited for this long: the next one should have the rank for itself. */
const LEFTOVER_MS = 250;

type Evaluate = (request: ChunkRequest) => Promise<ChunkReply>;

/** Evaluates chunks until the driver ends; then the process ends. */
export async function park(world: World): Promise<never> {
  const name = `rank-${world.rank}@${hostname()}`;
  // 0 where nothing is known of a limit.
  const allowed = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  const memoryMB = allowed / ranksHere(process.env) / 1e6;
  const guard = new Guard(name);
  guard.install();
  let isOver = false;
  // Whatever ends this process else must not strand the driver.
  process.on("exit", (code) => {
    if (!isOver) world.mpi.abort(code === 0 ? 1 : code);
  });
  const rank = new ParkedRank(world, guard, () => createChunkWorker(name, memoryMB));
  try {
    await rank.serve({ host: hostname(), version: VERSION });
    world.mpi.finalize();
    isOver = true;
  } catch (error) {
    process.stderr.write(`fanopt: ${name} cannot go on: ${inspect(error)}\n`);
  }
  return guard.exit(isOver ? 0 : 1);
}

/** Ranks that share this machine's memory, by the launcher's variables. */
function ranksHere(env: NodeJS.ProcessEnv): number {
  // Slurm's is like 8(x2).
  const text = env.OMPI_COMM_WORLD_LOCAL_SIZE ?? env.MPI_LOCALNRANKS ?? env.SLURM_TASKS_PER_NODE ?? "1";
  return Number.parseInt(text, 10) || 1;
}

class ParkedRank {
  readonly #world: World;
  readonly #guard: Guard;
  readonly #createWorker: () => Evaluate;
  #evaluate: Evaluate;
  #isStopped = false;

  constructor(world: World, guard: Guard, createWorker: () => Evaluate) {
    this.#world = world;
    this.#guard = guard;
    this.#createWorker = createWorker;
    this.#evaluate = createWorker();
  }

  /** Resolves when all ranks may leave. */
  async serve(hello: Hello): Promise<void> {
    const { mailbox } = this.#world;
    mailbox.post(0, TAGS.hello, [jsonSection(hello)]);
    for (;;) {
      const message = await poll(
        () => mailbox.take(),
        () => mailbox.isSending,
      );
      if (message.tag === TAGS.request) await this.#serveRequest(message);
      else this.#serveOther(message);
      if (message.tag === TAGS.fin) return;
      if (this.#isStopped) mailbox.post(0, TAGS.bye);
      this.#isStopped = false;
    }
  }

  async #serveRequest({ sections }: Message): Promise<void> {
    const { id, request } = readRequest(sections);
    let evaluation: Promise<unknown> | undefined;
    const reply = await this.#guard.watch((end) => {
      evaluation = this.#evaluate(request).then(end, (error) => end({ kind: "failed", error: toWireError(error) }));
      return this.#listen(id, end);
    });
    if (this.#isStopped) return;
    if (reply.kind === "died" || reply.kind === "dropped") await ended(evaluation);
    this.#world.mailbox.post(0, TAGS.reply, replySections(id, reply));
  }

  /** Looks for messages beside an evaluation, which ends when the driver gives it up. Returns what ends the looking. */
  #listen(id: number, end: (reply: RankReply) => void): () => void {
    const timer = setInterval(() => {
      const message = this.#world.mailbox.take();
      if (message === undefined) return;
      this.#serveOther(message);
      const isDropped = message.tag === TAGS.drop && (readJson(message.sections[0]) as { id: number }).id === id;
      if (isDropped || this.#isStopped) end({ kind: "dropped" });
    }, LISTEN_MS);
    return () => clearInterval(timer);
  }

  #serveOther({ tag }: Message): void {
    if (tag === TAGS.forget) this.#evaluate = this.#createWorker();
    if (tag === TAGS.stop) this.#isStopped = true;
  }
}

/** Resolves when a promise has settled, or a while later. */
async function ended(evaluation: Promise<unknown> | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const timer = setTimeout(resolve, LEFTOVER_MS, undefined);
  evaluation?.then(resolve, resolve);
  await promise;
  clearTimeout(timer);
}
