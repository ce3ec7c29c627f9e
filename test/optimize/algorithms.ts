import type { Answer, ConfiguredAlgorithm, Point, Request, Solution } from "../../src/algorithms/types.ts";

/**
 * An algorithm that asks for given rounds of one-dimensional points and returns the best of them; keeps what it was answered.
 *
 * @param want of all rounds, or of each; the last holds for those after it.
 */
export function scripted(
  rounds: readonly (readonly number[])[],
  want: Point["want"] | readonly Point["want"][] = "fun",
): ConfiguredAlgorithm & { readonly answers: Answer[] } {
  const answers: Answer[] = [];
  function* run(): Generator<Request, Solution, Answer> {
    let best = { x: Number.NaN, fun: Number.POSITIVE_INFINITY };
    const wants = typeof want === "string" ? [want] : want;
    for (const [i, round] of rounds.entries()) {
      const wanted = wants[Math.min(i, wants.length - 1)];
      const answer = yield { points: round.map((x) => ({ x: Float64Array.of(x), want: wanted })) };
      answers.push(answer);
      round.forEach((x, i) => {
        if (answer[i].fun < best.fun) best = { x, fun: answer[i].fun };
      });
    }
    return { ...best, x: Float64Array.of(best.x), success: true, message: "script done", nIterations: rounds.length };
  }
  const info = {
    name: "scripted",
    needs: "scalar",
    supportsBounds: true,
    needsDerivative: false,
    source: "this test",
  } as const;
  return { info, options: {}, start: run, answers };
}
