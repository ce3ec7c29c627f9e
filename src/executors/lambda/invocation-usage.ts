/** What invocations took, told in the words of `Usage`. */
import type { Usage } from "../../usage.ts";
import { billOf } from "./billing.ts";
import type { Reply } from "./invoke.ts";
import { costOf, gigabyteSeconds, type LambdaPrices } from "./prices.ts";

/** Counts and prices invocations. Where the log says nothing it goes by the workers' durations, and by what was known of the function before. */
export class InvocationUsage {
  readonly #prices: LambdaPrices;
  #memoryMB = 0;
  #architecture: "x86_64" | "arm64" = "x86_64";

  constructor(prices: LambdaPrices) {
    this.#prices = prices;
  }

  /** Of an invocation that ran, or may have. */
  of(reply: Exclude<Reply, { kind: "not-run" }>): Partial<Usage> {
    if (reply.kind === "lost") return { invocations: 1, ...this.#bill(reply.milliseconds) };
    const bill = billOf(reply.logTail);
    if (bill !== null) this.#memoryMB = bill.memoryMB;
    if (reply.kind === "failure") return { invocations: 1, ...this.#bill(bill?.billedMs ?? reply.milliseconds) };
    const { response } = reply;
    this.#architecture = response.architecture ?? this.#architecture;
    if (bill === null && response.memoryMB > 0) this.#memoryMB = response.memoryMB;
    const coldStarts = response.invocation === 1 ? 1 : 0;
    const billedMs = bill?.billedMs ?? workerMs(response);
    return { invocations: 1, coldStarts, ...this.#bill(billedMs) };
  }

  /** Of an invocation that was given up after this time: an estimate, for the function runs on until it ends. */
  ofAbandoned(milliseconds: number): Partial<Usage> {
    return { invocations: 1, ...this.#bill(milliseconds) };
  }

  #bill(milliseconds: number): Pick<Usage, "billedMs" | "gigabyteSeconds" | "cost"> {
    const billedMs = Math.ceil(milliseconds);
    return {
      billedMs,
      gigabyteSeconds: gigabyteSeconds(billedMs, this.#memoryMB),
      cost: costOf(billedMs, this.#memoryMB, this.#architecture, 1, this.#prices),
    };
  }
}

function workerMs(response: Extract<Reply, { kind: "answer" }>["response"]): number {
  if (response.kind !== "outcomes") return 1;
  return response.outcomes.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}
