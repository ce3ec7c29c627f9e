/** A task between its submission and its end. */
import { AbortError } from "../../errors.ts";
import { pack, unpack } from "../../transport/codec.ts";
import { fromWireError } from "../../transport/remote-error.ts";
import { addUsage, noUsage, type Usage } from "../../usage.ts";
import type { WorkerOutcome } from "../../worker/protocol.ts";
import { taskName } from "../task-name.ts";
import type { SubmitOptions } from "../types.ts";
import type { ArtifactDelivery } from "./artifact-delivery.ts";

export class Task {
  readonly delivery: ArtifactDelivery;
  /** The packed argument as JSON: what it was when it was submitted. */
  readonly text: string;
  readonly options: SubmitOptions;
  readonly promise: Promise<unknown>;
  readonly #arg: unknown;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;
  /** "queued": it has not run, nor is it on its way. */
  state: "queued" | "sent" | "ended" = "queued";
  /** Workers that died while they evaluated it, or others with it. */
  deaths = 0;
  /** It goes in an invocation of its own: one with others failed, and which of them is to blame is not known. */
  isAlone = false;
  /** Called when it ends. */
  onEnd: (() => void) | undefined;
  /** Called when it ends while its invocation waits to be sent again. */
  wake: (() => void) | undefined;
  /** Called when it is aborted while its invocation is in flight. */
  onAbandon: (() => void) | undefined;

  /** Throws InvalidInputError where the argument cannot be sent. */
  constructor(delivery: ArtifactDelivery, arg: unknown, options: SubmitOptions) {
    this.delivery = delivery;
    this.text = JSON.stringify(pack(arg, "the argument"));
    this.options = options;
    this.#arg = arg;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** A point for messages: internal x where there is one. */
  get name(): string {
    return taskName(this.#arg);
  }

  /** Whether nobody wants it to be sent any more, though it may have been sent before. */
  get isDropped(): boolean {
    return this.options.cancelQueued?.aborted === true;
  }

  /** Tells whoever listens. */
  tell(usage: Partial<Usage>): void {
    const { onUsage } = this.options;
    if (onUsage === undefined) return;
    try {
      onUsage(addUsage(noUsage, usage));
    } catch (error) {
      // Whoever listens cannot go on.
      this.fail(error);
    }
  }

  /** Whether both may travel in one invocation: it ends for both, or is counted as slow. */
  sharesWith(other: Task): boolean {
    const { options, delivery } = this;
    return (
      !this.isAlone &&
      delivery === other.delivery &&
      options.signal === other.options.signal &&
      options.batch === other.options.batch
    );
  }

  /** Ends it with what a worker gave back for it. */
  settle(outcome: WorkerOutcome): void {
    if ("error" in outcome) {
      this.fail(fromWireError(outcome.error));
      return;
    }
    try {
      const value = unpack(outcome.value);
      this.#end();
      this.#resolve(value);
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error: unknown): void {
    this.#end();
    this.#reject(error);
  }

  /** Ends it because of a signal. */
  abort(reason: unknown): void {
    const message =
      this.state === "queued"
        ? "The task was dropped before it started."
        : "The invocation was aborted; the function may run on until it ends.";
    this.abandon(new AbortError(message, { cause: reason }));
  }

  /** Ends it, whatever its invocation may yet bring. */
  abandon(error: unknown): void {
    if (this.state === "sent") this.onAbandon?.();
    this.fail(error);
  }

  #end(): void {
    this.state = "ended";
    this.onEnd?.();
    this.wake?.();
  }
}
