import type { Bindings, Sending } from "./bindings.ts";
import { fromPieces, type Message, TAGS, type Tag, toPieces } from "./messages.ts";

/** Messages of one rank, out and in. Nothing waits here, but for the rest of a message whose begin has come. */
export class Mailbox {
  readonly #mpi: Bindings;
  /** Bytes belong to MPI until they are sent. */
  #sendings: { readonly to: number; readonly sending: Sending }[] = [];

  constructor(mpi: Bindings) {
    this.#mpi = mpi;
  }

  post(to: number, tag: Tag, sections: readonly Uint8Array[] = []): void {
    const { first, others } = toPieces(sections);
    this.#sendings.push({ to, sending: this.#mpi.send(first, to, tag) });
    for (const piece of others) this.#sendings.push({ to, sending: this.#mpi.send(piece, to, TAGS.part) });
  }

  /** Whether something is still on its way out. Asking moves it on. */
  get isSending(): boolean {
    if (this.#sendings.length > 0) this.#sendings = this.#sendings.filter(({ sending }) => !this.#mpi.test(sending));
    return this.#sendings.length > 0;
  }

  /** The ranks that something is still on its way to, one for each message. Asking moves it on. */
  get destinations(): readonly number[] {
    return this.isSending ? this.#sendings.map(({ to }) => to) : [];
  }

  /** The next message that has come. */
  take(): Message | undefined {
    const envelope = this.#mpi.probe();
    if (envelope === undefined) return undefined;
    const { source, tag, bytes } = envelope;
    const first = new Uint8Array(bytes);
    this.#mpi.receive(first, source, tag);
    return { from: source, tag, sections: fromPieces(first, (piece) => this.#mpi.receive(piece, source, TAGS.part)) };
  }
}
