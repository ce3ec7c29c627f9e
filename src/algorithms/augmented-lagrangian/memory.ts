import type { Answer, Point, PointAnswer, Request } from "../types.ts";

/** Points whose values are kept, and derivatives, which are larger. */
const keptValues = 64;
const keptDerivatives = 4;

/** What is known at a point, whatever the multipliers: stacked answers, without derivative and with. */
interface Known {
  readonly value: PointAnswer;
  jac: { readonly data: Float64Array; readonly difference: "forward" | "central" } | null;
}

/**
 * Remembers what was evaluated, so that no run of the inner algorithm asks again for what the one before ended with: criterion and constraints do not
 * depend on the multipliers. The oldest points are forgotten when told to, and then asked for again.
 */
export class Memory {
  readonly #known = new Map<string, Known>();
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

  /** Forgets the oldest points but these. */
  forgetAllBut(kept: readonly Float64Array[]): void {
    const keys = new Set(kept.map(bits));
    const others = Array.from(this.#known).filter(([key]) => !keys.has(key));
    const withJac = others.filter(([, { jac }]) => jac !== null);
    for (const [, oldest] of withJac.slice(0, -keptDerivatives)) oldest.jac = null;
    for (const [key] of others.slice(0, -keptValues)) this.#known.delete(key);
  }

  /** What must be asked for at a point; null: nothing. A derivative of the augmented function takes the value, too. */
  #missing({ x, want, difference = "forward" }: Point): Point["want"] | null {
    const known = this.#known.get(bits(x));
    if (known === undefined) return want === "fun" ? "fun" : "funAndJac";
    if (want === "fun") return null;
    const isGoodEnough =
      this.#isAnalytical || known.jac?.difference === "central" || known.jac?.difference === difference;
    return known.jac !== null && isGoodEnough ? null : "jac";
  }

  #recalled({ x, want }: Point): PointAnswer {
    const { value, jac } = this.#known.get(bits(x)) as Known;
    return want === "fun" ? value : { ...value, jac: jac?.data ?? null };
  }

  #merged({ x, want }: Point, answer: PointAnswer): PointAnswer {
    if (want !== "jac") return answer;
    const { value } = this.#known.get(bits(x)) as Known;
    return { ...value, jac: answer.jac, failed: value.failed || answer.failed };
  }

  #remember({ x, want, difference = "forward" }: Point, answer: PointAnswer): void {
    const key = bits(x);
    const known: Known = this.#known.get(key) ?? { value: { ...answer, jac: null }, jac: null };
    if (want !== "fun" && answer.jac !== null) known.jac = { data: answer.jac, difference };
    this.#known.delete(key);
    this.#known.set(key, known);
  }
}

function bits(x: Float64Array): string {
  return new BigUint64Array(x.buffer, x.byteOffset, x.length).join();
}
