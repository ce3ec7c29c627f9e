/** A straggler's two invocations at the same time. */
import { AbortError } from "../../errors.ts";
import type { BatchPace } from "./batch-pace.ts";
import type { Reply } from "./invoke.ts";
import type { Window } from "./window.ts";

/** Whom a race tells, and what ends it. */
export interface RaceSetting {
  readonly signal: AbortSignal | undefined;
  readonly onSecond: () => void;
  /** An invocation was given up after so many milliseconds. */
  readonly onAbandoned: (milliseconds: number) => void;
}

/** How much a reply says of the point: the most telling one counts where none has outcomes. */
function weight(reply: Reply): number {
  if (reply.kind === "answer") return reply.response.kind === "outcomes" ? 4 : 3;
  return { failure: 2, lost: 1, "not-run": 0 }[reply.kind];
}

/** One invocation, and a second one when its batch finds it slow. The first with outcomes counts; the other invocation is given up. */
export class Race {
  readonly #window: Window;
  readonly #send: (signal: AbortSignal) => Promise<Reply>;
  readonly #setting: RaceSetting;
  readonly #result = Promise.withResolvers<Reply>();
  /** In flight: what ends each, and when it began. */
  readonly #open = new Map<AbortController, number>();
  #best: Reply | undefined;
  #isOver = false;

  constructor(window: Window, send: (signal: AbortSignal) => Promise<Reply>, setting: RaceSetting) {
    this.#window = window;
    this.#send = send;
    this.#setting = setting;
  }

  /** @param nTasks tasks of the invocation. */
  async run(pace: BatchPace, nTasks: number): Promise<Reply> {
    const running = pace.begin(nTasks, () => this.#sendSecond(() => pace.refused(running)));
    let nOutcomes = 0;
    try {
      void this.#launch();
      const reply = await this.#result.promise;
      if (reply.kind === "answer" && reply.response.kind === "outcomes") nOutcomes = reply.response.outcomes.length;
      return reply;
    } finally {
      pace.end(running, nOutcomes);
    }
  }

  #sendSecond(onRefused: () => void): boolean {
    if (this.#isOver || !this.#window.tryEnter()) return false;
    void this.#launch().then((reply) => {
      this.#window.leave();
      if (reply?.kind !== "not-run") return;
      if (reply.reason === "throttled") this.#window.refused();
      if (!this.#isOver) onRefused();
    });
    this.#setting.onSecond();
    return true;
  }

  /** Never rejects. */
  async #launch(): Promise<Reply | undefined> {
    const controller = new AbortController();
    const { signal } = this.#setting;
    this.#open.set(controller, performance.now());
    try {
      const reply = await this.#send(
        signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]),
      );
      this.#open.delete(controller);
      if (this.#best === undefined || weight(reply) > weight(this.#best)) this.#best = reply;
      this.#endWith(this.#best);
      return reply;
    } catch (error) {
      this.#open.delete(controller);
      if (this.#best !== undefined) this.#endWith(this.#best);
      else if (this.#open.size === 0) this.#end(() => this.#result.reject(error));
      return undefined;
    }
  }

  /** Outcomes end the race; what is less waits while another invocation may yet bring them. */
  #endWith(best: Reply): void {
    if (weight(best) === 4 || this.#open.size === 0) this.#end(() => this.#result.resolve(best));
  }

  #end(settle: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    settle();
    for (const [controller, startedAt] of this.#open) {
      controller.abort(new AbortError("Another invocation of the same point answered first."));
      this.#setting.onAbandoned(performance.now() - startedAt);
    }
  }
}
