/** A straggler's two invocations at the same time. */
import { AbortError } from "../../errors.ts";
import type { Usage } from "../../usage.ts";
import type { BatchPace, Running } from "./batch-pace.ts";
import type { Reply } from "./invoke.ts";
import { backoff } from "./retry.ts";
import type { Window } from "./window.ts";

/** Whom a race tells, and what ends it. */
export interface RaceSetting {
  readonly signal: AbortSignal | undefined;
  /** What the second invocation took beside its evaluation: that it was made, or was refused. */
  readonly onSecond: (usage: Partial<Usage>) => void;
  /** The invocation with this number is given up. */
  readonly onAbandoned: (nth: number) => void;
}

/** Sends an invocation, the `nth` of the same tasks; says when it is on its way. */
type Send = (signal: AbortSignal, nth: number, onSent: () => void) => Promise<Reply>;

/** How much a reply says of the point: the most telling one counts where none has outcomes. */
function weight(reply: Reply): number {
  if (reply.kind === "answer") return reply.response.kind === "outcomes" ? 4 : 3;
  return { failure: 2, lost: 1, "not-run": 0 }[reply.kind];
}

/** One invocation, and a second one when its batch finds it slow. The first with outcomes counts; the other invocation is given up. */
export class Race {
  readonly #window: Window;
  readonly #send: Send;
  readonly #setting: RaceSetting;
  readonly #result = Promise.withResolvers<Reply>();
  /** Not ended: what ends each. */
  readonly #open = new Map<number, AbortController>();
  #launched = 0;
  /** Second invocations that were refused. */
  #refusals = 0;
  #best: Reply | undefined;
  #isOver = false;

  constructor(window: Window, send: Send, setting: RaceSetting) {
    this.#window = window;
    this.#send = send;
    this.#setting = setting;
  }

  /** @param nTasks tasks of the invocation. */
  async run(pace: BatchPace, nTasks: number): Promise<Reply> {
    let running: Running | undefined;
    const onSent = () => {
      running = pace.begin(nTasks, () => this.#sendSecond((milliseconds) => pace.refused(running, milliseconds)));
    };
    let nOutcomes = 0;
    try {
      void this.#launch(onSent);
      const reply = await this.#result.promise;
      if (reply.kind === "answer" && reply.response.kind === "outcomes") nOutcomes = reply.response.outcomes.length;
      return reply;
    } finally {
      pace.end(running, nOutcomes);
    }
  }

  #sendSecond(onRefused: (milliseconds: number) => void): boolean {
    if (this.#isOver || !this.#window.tryEnter()) return false;
    let isSent = false;
    const told = this.#launch(() => {
      isSent = true;
    });
    void told.then((reply) => {
      this.#window.leave();
      if (reply?.kind !== "not-run") {
        if (isSent) this.#setting.onSecond({ hedges: 1 });
        return;
      }
      const isThrottled = reply.reason === "throttled";
      if (isThrottled) this.#window.refused();
      this.#setting.onSecond(isThrottled ? { throttles: 1 } : { reconnects: 1 });
      this.#refusals += 1;
      if (!this.#isOver) onRefused(backoff(this.#refusals, reply.error));
    });
    return true;
  }

  /** Never rejects. */
  async #launch(onSent: () => void): Promise<Reply | undefined> {
    this.#launched += 1;
    const nth = this.#launched;
    const controller = new AbortController();
    const { signal } = this.#setting;
    this.#open.set(nth, controller);
    try {
      const either = signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]);
      const reply = await this.#send(either, nth, onSent);
      this.#open.delete(nth);
      if (this.#best === undefined || weight(reply) > weight(this.#best)) this.#best = reply;
      this.#endWith(this.#best);
      return reply;
    } catch (error) {
      this.#open.delete(nth);
      if (this.#best !== undefined && this.#best.kind !== "not-run") this.#endWith(this.#best);
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
    for (const [nth, controller] of this.#open) {
      this.#setting.onAbandoned(nth);
      controller.abort(new AbortError("Another invocation of the same point answered first."));
    }
  }
}
