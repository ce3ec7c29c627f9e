import { setMaxListeners } from "node:events";

/** Tells of signals that abort: one listener a signal, however many tasks wait for it. */
export class SignalWatch<T> {
  readonly #watched = new Map<AbortSignal, { readonly members: Set<T>; readonly listener: () => void }>();
  readonly #onAbort: (member: T, signal: AbortSignal) => void;

  constructor(onAbort: (member: T, signal: AbortSignal) => void) {
    this.#onAbort = onAbort;
  }

  /** The signal has not aborted yet. */
  add(signal: AbortSignal, member: T): void {
    const known = this.#watched.get(signal);
    if (known !== undefined) {
      known.members.add(member);
      return;
    }
    const members = new Set([member]);
    const listener = () => {
      this.#watched.delete(signal);
      for (const one of members) this.#onAbort(one, signal);
    };
    this.#watched.set(signal, { members, listener });
    // Others may listen to it, too: each of many executors, each request.
    setMaxListeners(0, signal);
    signal.addEventListener("abort", listener, { once: true });
  }

  remove(signal: AbortSignal, member: T): void {
    const known = this.#watched.get(signal);
    if (known === undefined) return;
    known.members.delete(member);
    if (known.members.size > 0) return;
    signal.removeEventListener("abort", known.listener);
    this.#watched.delete(signal);
  }
}
