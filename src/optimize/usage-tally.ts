import { show } from "../errors.ts";
import { addUsage, noUsage, type Usage } from "../usage.ts";

/** What the points of a round took. */
export interface RoundUsage {
  /** Counts what the evaluator tells of a point, also after the point or the round ended. */
  add(index: number, told: Partial<Usage>): void;
  /** Of a point, so far; null where nothing was told. */
  of(index: number): Usage | null;
}

/** Sums up what evaluations took of the executor: over the run, and point by point. */
export class UsageTally {
  #total: Usage | null = null;
  #hasEnded = false;
  #hasComplained = false;
  readonly #note: (message: string) => void;

  /** @param note takes a line for whoever watches */
  constructor(note: (message: string) => void) {
    this.#note = note;
  }

  /** Of all points, abandoned evaluations included; null where the evaluator tells nothing. */
  get total(): Usage | null {
    return this.#total;
  }

  /** What is told from now on is left out: the result has been made. */
  end(): void {
    this.#hasEnded = true;
  }

  beginRound(size: number): RoundUsage {
    const points = new Array<Usage | null>(size).fill(null);
    return {
      add: (index, told) => {
        if (this.#hasEnded) return;
        const amounts = this.#amountsOf(told);
        this.#total = addUsage(this.#total ?? noUsage, amounts);
        points[index] = addUsage(points[index] ?? noUsage, amounts);
      },
      of: (index) => points[index],
    };
  }

  /** One NaN of an evaluator must not spoil the sums. */
  #amountsOf(told: Partial<Usage>): Partial<Usage> {
    const entries = Object.entries(told ?? {});
    const amounts = entries.filter(
      ([key, value]) => Object.hasOwn(noUsage, key) && Number.isFinite(value) && value >= 0,
    );
    if (amounts.length < entries.length && !this.#hasComplained) {
      this.#hasComplained = true;
      this.#note(
        `the batch evaluator told usage that is left out: expected finite, not negative ${Object.keys(noUsage).join(", ")}, received ${show(told)}`,
      );
    }
    return Object.fromEntries(amounts);
  }
}
