/** A straggler's two invocations at the same time. */
import { AbortError } from "../../errors.ts";
import type { BatchPace } from "./hedge.ts";
import type { Reply } from "./invoke.ts";
import type { Window } from "./window.ts";

/** Whom a race tells, and what ends it. */
export interface RaceSetting {
  readonly signal: AbortSignal | undefined;
  readonly onSecond: () => void;
  /** An invocation was given up after so many milliseconds. */
  readonly onAbandoned: (milliseconds: number) => void;
}

/** One invocation, and a second one when its batch finds it slow. The first answer counts; the other invocation is given up. */
export class Race {
  readonly #window: Window;
  readonly #send: (signal: AbortSignal) => Promise<Reply>;
  readonly #setting: RaceSetting;
  readonly #result = Promise.withResolvers<Reply>();
  /** In flight: what ends each, and when it began. */
  readonly #open = new Map<AbortController, number>();
  #isOver = false;

  constructor(window: Window, send: (signal: AbortSignal) => Promise<Reply>, setting: RaceSetting) {
    this.#window = window;
    this.#send = send;
    this.#setting = setting;
  }

  /** @param nTasks tasks of the invocation. */
  async run(pace: BatchPace, nTasks: number): Promise<Reply> {
    const running = pace.begin(nTasks, () => this.#sendSecond());
    let isAnswered = false;
    try {
      this.#launch();
      const reply = await this.#result.promise;
      isAnswered = reply.kind === "answer";
      return reply;
    } finally {
      pace.end(running, isAnswered);
    }
  }

  #sendSecond(): boolean {
    if (this.#isOver || !this.#window.tryEnter()) return false;
    this.#setting.onSecond();
    this.#launch().finally(() => this.#window.leave());
    return true;
  }

  async #launch(): Promise<void> {
    const controller = new AbortController();
    const { signal } = this.#setting;
    this.#open.set(controller, performance.now());
    try {
      const reply = await this.#send(
        signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]),
      );
      this.#open.delete(controller);
      // A failure counts only when there is no other invocation that may yet answer.
      if (reply.kind === "answer" || this.#open.size === 0) this.#end(() => this.#result.resolve(reply));
    } catch (error) {
      this.#open.delete(controller);
      if (this.#open.size === 0) this.#end(() => this.#result.reject(error));
    }
  }

  #end(settle: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const [controller, startedAt] of this.#open) {
      this.#setting.onAbandoned(performance.now() - startedAt);
      controller.abort(new AbortError("Another invocation of the same point answered first."));
    }
    settle();
  }
}
