import fc from "fast-check";
import { expect, it } from "vitest";
import { Memory } from "../../../src/algorithms/augmented-lagrangian/memory.ts";
import type { Point, PointAnswer } from "../../../src/algorithms/types.ts";

/** What the driver would answer; the derivative tells by which differences it was taken. */
function answerTo({ x, want, difference = "forward" }: Point, isAnalytical: boolean): PointAnswer {
  const exact = isAnalytical || difference === "central";
  return {
    fun: want === "jac" ? Number.NaN : x[0],
    residuals: want === "jac" ? null : Float64Array.of(x[0], 2 * x[0]),
    jac: want === "fun" ? null : Float64Array.of(x[0], exact ? 0 : 1),
    failed: false,
  };
}

const point = fc.record({
  x: fc.nat(200).map((value) => Float64Array.of(value)),
  want: fc.constantFrom("fun" as const, "jac" as const, "funAndJac" as const),
  difference: fc.constantFrom("forward" as const, "central" as const),
});
const requests = fc.array(fc.uniqueArray(point, { selector: ({ x }) => x[0], minLength: 1, maxLength: 12 }), {
  maxLength: 40,
});

it("answers as if it had asked for all, and asks for no value that it was told lately, or was to keep", () => {
  fc.assert(
    fc.property(requests, fc.boolean(), (batches, isAnalytical) => {
      const memory = new Memory(isAnalytical);
      let lastAsked: readonly Point[] = [];
      let kept: readonly Float64Array[] = [];
      for (const points of batches) {
        const generator = memory.answers(points);
        let turn = generator.next();
        const asked = turn.done ? [] : turn.value.points;
        for (const { x, want } of asked) {
          const before = lastAsked.find((other) => other.x[0] === x[0]);
          if (before !== undefined || kept.some(([value]) => value === x[0])) expect(want).toBe("jac");
        }
        if (!turn.done) turn = generator.next(asked.map((one) => answerTo(one, isAnalytical)));
        expect(turn.done).toBe(true);
        const answers = turn.value as readonly PointAnswer[];
        points.forEach(({ x, want, difference }, i) => {
          // A value comes with a derivative, too: the augmented function's derivative needs it.
          expect(answers[i].residuals).toEqual(Float64Array.of(x[0], 2 * x[0]));
          if (want === "fun") return;
          const [own, error] = answers[i].jac as Float64Array;
          expect(own).toBe(x[0]);
          if (isAnalytical || difference === "central") expect(error).toBe(0);
        });
        lastAsked = asked;
        kept = [...kept, points[0].x].slice(0, 2);
        memory.forgetAllBut(kept);
      }
    }),
  );
});
