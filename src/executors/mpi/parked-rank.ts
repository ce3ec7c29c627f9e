/** What a rank that evaluates does with the messages that come to it. */
import { toWireError } from "../../transport/wire-error.ts";
import type { ChunkReply, ChunkRequest } from "../../worker/chunk-protocol.ts";
import { type Hello, type RankReply, readRequest, replySections } from "./chunk-messages.ts";
import type { Guard } from "./guard.ts";
import { jsonSection, type Message, readJson, TAGS } from "./messages.ts";
import { poll } from "./progress.ts";
import type { World } from "./world.ts";

/** While a point is evaluated and leaves the event loop free, messages are looked for this often. */
const LISTEN_MS = 20;
/** What a chunk that was given up still does is waited for this long: the next one should have the rank for itself. */
const LEFTOVER_MS = 250;

type Evaluate = (request: ChunkRequest) => Promise<ChunkReply>;

/** It evaluates one chunk at a time; another one may wait here meanwhile. */
export class ParkedRank {
  readonly #world: Pick<World, "mailbox">;
  /** What has come and was not served, in order. */
  #queue: Message[] = [];
  /** The chunk that is evaluated. */
  #current: { readonly id: number; readonly end: (reply: RankReply) => void } | undefined;
  readonly #guard: Pick<Guard, "watch">;
  readonly #createWorker: () => Evaluate;
  #evaluate: Evaluate;
  #isStopped = false;

  constructor(world: Pick<World, "mailbox">, guard: Pick<Guard, "watch">, createWorker: () => Evaluate) {
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
        () => this.#next(),
        () => mailbox.isSending,
      );
      if (message.tag === TAGS.fin) return;
      if (message.tag === TAGS.request) await this.#serveRequest(message);
      else if (message.tag === TAGS.forget) this.#evaluate = this.#createWorker();
      else if (message.tag === TAGS.stop) mailbox.post(0, TAGS.bye);
    }
  }

  /** What is to be served next. */
  #next(): Message | undefined {
    this.#listen();
    // An answer that is large leaves while MPI is called: the driver must not wait for it until another chunk has ended.
    return this.#queue.length > 0 && !this.#world.mailbox.isSending ? this.#queue.shift() : undefined;
  }

  /** Takes what has come. */
  #listen(): void {
    const { mailbox } = this.#world;
    for (let message = mailbox.take(); message !== undefined; message = mailbox.take()) {
      if (message.tag === TAGS.drop) this.#drop(readJson(message.sections[0]) as { id: number });
      else if (message.tag === TAGS.stop) this.#stop(message);
      else this.#queue.push(message);
    }
  }

  #drop({ id }: { id: number }): void {
    if (this.#current?.id === id) this.#current.end({ kind: "dropped" });
    const index = this.#queue.findIndex(({ tag, sections }) => tag === TAGS.request && readRequest(sections).id === id);
    if (index < 0) return;
    this.#queue.splice(index, 1);
    this.#world.mailbox.post(0, TAGS.reply, replySections(id, { kind: "dropped" }));
  }

  /** What was to be done is for nobody. */
  #stop(message: Message): void {
    this.#isStopped = true;
    this.#current?.end({ kind: "dropped" });
    this.#queue = [message];
  }

  async #serveRequest({ sections }: Message): Promise<void> {
    const { id, request } = readRequest(sections);
    let evaluation: Promise<unknown> | undefined;
    const reply = await this.#guard.watch((end) => {
      this.#current = { id, end };
      evaluation = this.#evaluate(request).then(end, (error) => end({ kind: "failed", error: toWireError(error) }));
      const timer = setInterval(() => this.#listen(), LISTEN_MS);
      return () => clearInterval(timer);
    });
    this.#current = undefined;
    if (this.#isStopped) return;
    if (reply.kind === "died" || reply.kind === "dropped") await ended(evaluation);
    this.#world.mailbox.post(0, TAGS.reply, replySections(id, reply));
    // What a point left behind shows before the next one begins, which would be blamed for it.
    await new Promise(setImmediate);
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
