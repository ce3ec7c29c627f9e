import type { Answer, Point, PointAnswer, Request } from "../types.ts";

/** Numbers in the values that are kept, 32 MB, and points at least whose values are. */
const keptNumbers = 2 ** 22;
const leastValues = 64;
/** Points whose derivatives are kept, which are larger. */
const keptDerivatives = 6;

/** A derivative, and how it was approximated. */
interface Derivative {
  readonly data: Float64Array;
  readonly difference: "forward" | "central";
}

/**
 * Remembers what was evaluated, so that no run of the inner algorithm asks again for what the one before ended with: criterion and constraints do not
 * depend on the multipliers. The oldest points are forgotten when told to, and then asked for again.
 */
export class Memory {
  /** Stacked answers without derivative, whatever the multipliers; the oldest first. */
  readonly #values = new Map<string, PointAnswer>();
  readonly #derivatives = new Map<string, Derivative>();
  readonly #isAnalytical: boolean;

  /** @param isAnalytical whether derivatives are the user's, so that how they are differenced does not matter. */
  constructor(isAnalytical: boolean) {
    this.#isAnalytical = isAnalytical;
  }

  /** Answers to points, stacked; yields a request for those that are not known. */
  *answers(points: readonly Point[]): Generator<Request, Answer, Answer> {
    const asked = points.flatMap((point, i) => {
      const want = this.#missing(point);
      return want === null ? [] : [{ i, point: { ...point, want } }];
    });
    const found = new Map<number, PointAnswer>();
    if (asked.length > 0) {
      const answers = yield { points: asked.map(({ point }) => point) };
      asked.forEach(({ i, point }, k) => {
        found.set(i, this.#merged(point, answers[k]));
      });
    }
    const all = points.map((point, i) => found.get(i) ?? this.#recalled(point));
    asked.forEach(({ i, point }) => {
      this.#remember(point, all[i]);
    });
    return all;
  }

  /** Forgets the oldest points but these, where there are too many. */
  forgetAllBut(kept: readonly Float64Array[]): void {
    const keys = new Set(kept.map(bits));
    const [any] = this.#values.values();
    const numbers = kept[0].length + (any?.residuals?.length ?? 0);
    forgetOldest(this.#values, Math.max(leastValues, keptNumbers / numbers), keys);
    forgetOldest(this.#derivatives, keptDerivatives, keys);
  }

  /** What must be asked for at a point; null: nothing. A derivative of the augmented function takes the value, too. */
  #missing({ x, want, difference = "forward" }: Point): Point["want"] | null {
    const key = bits(x);
    if (!this.#values.has(key)) return want === "fun" ? "fun" : "funAndJac";
    if (want === "fun") return null;
    const known = this.#derivatives.get(key);
    if (known === undefined) return "jac";
    return this.#isAnalytical || known.difference === "central" || known.difference === difference ? null : "jac";
  }

  #recalled({ x, want }: Point): PointAnswer {
    const value = this.#values.get(bits(x)) as PointAnswer;
    return want === "fun" ? value : { ...value, jac: this.#derivatives.get(bits(x))?.data ?? null };
  }

  #merged({ x, want }: Point, answer: PointAnswer): PointAnswer {
    if (want !== "jac") return answer;
    const value = this.#values.get(bits(x)) as PointAnswer;
    return { ...value, jac: answer.jac, failed: value.failed || answer.failed };
  }

  #remember({ x, want, difference = "forward" }: Point, answer: PointAnswer): void {
    const key = bits(x);
    const value = this.#values.get(key) ?? { ...answer, jac: null };
    this.#values.delete(key);
    this.#values.set(key, value);
    if (want === "fun" || answer.jac === null) return;
    this.#derivatives.delete(key);
    this.#derivatives.set(key, { data: answer.jac, difference });
  }
}

function forgetOldest(known: Map<string, unknown>, most: number, kept: ReadonlySet<string>): void {
  for (const key of known.keys()) {
    if (known.size <= most) return;
    if (!kept.has(key)) known.delete(key);
  }
}

function bits(x: Float64Array): string {
  return new BigUint64Array(x.buffer, x.byteOffset, x.length).join();
}
