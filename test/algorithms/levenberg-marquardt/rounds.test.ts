import { describe, expect, it } from "vitest";
import { algorithms } from "../../../src/algorithms/index.ts";
import type { Answer, Point, Request, Solution } from "../../../src/algorithms/types.ts";
import { certifiedProblems, residualsOf } from "../fixtures/certified-problems.ts";
import { rosenbrock } from "../fixtures/test-problems.ts";
import { drive, problem, solve } from "../solve.ts";

const jacobian = ([a]: Float64Array): Float64Array => Float64Array.of(-20 * a, 10, -1, 0);
const at = { ...problem(rosenbrock.start), hasJac: true };
const wants = (requests: readonly Request[]) => requests.map(({ points }) => points.map(({ want }) => want));

describe("a round", () => {
  it("starts with value and Jacobian, then tries several steps with the Jacobian at the first of them", () => {
    const { start } = algorithms.levenbergMarquardt({ trials: 3 });
    const [first, second] = wants(drive(start(at), rosenbrock.residuals, jacobian).requests);
    expect(first).toEqual(["funAndJac"]);
    expect(second).toEqual(["funAndJac", "fun", "fun"]);
  });

  it("never holds more than the trials, and a Jacobian by itself only when another step won", () => {
    const { start } = algorithms.levenbergMarquardt({ trials: 3 });
    for (const round of wants(drive(start(at), rosenbrock.residuals, jacobian).requests)) {
      expect(round.length).toBeLessThanOrEqual(3);
      if (round.includes("jac")) expect(round).toEqual(["jac"]);
    }
  });

  it("is one for the steps and one for the Jacobian without speculation", () => {
    const { start } = algorithms.levenbergMarquardt({ trials: 2, speculativeJacobian: false });
    const rounds = wants(drive(start(at), rosenbrock.residuals, jacobian).requests);
    for (const round of rounds.slice(1)) expect(["fun", "jac"]).toContain(round[0]);
    expect(rounds.slice(1).flat()).not.toContain("funAndJac");
  });

  it("of a linear problem is the last but one: a Gauss–Newton step, and its confirmation", () => {
    const { start } = algorithms.levenbergMarquardt({ initialRadius: 100 });
    const residuals = (x: Float64Array) => Float64Array.of(x[0] - 1, x[0] + x[1], x[1] - 4);
    const solved = drive(start({ ...problem([2, 1]), hasJac: true }), residuals, () =>
      Float64Array.of(1, 0, 1, 1, 0, 1),
    );
    expect(solved.rounds).toBe(2);
    expect(solved.x[0]).toBeCloseTo(-2 / 3, 14);
    expect(solved.x[1]).toBeCloseTo(7 / 3, 14);
  });

  it("asks for forward differences far from the solution and for central ones near it", () => {
    const asked: Point[] = [];
    function* recorded(generator: Generator<Request, Solution, Answer>): Generator<Request, Solution, Answer> {
      let turn = generator.next();
      while (!turn.done) {
        asked.push(...turn.value.points.filter(({ want }) => want !== "fun"));
        turn = generator.next(yield turn.value);
      }
      return turn.value;
    }
    const [misra] = certifiedProblems;
    const { start } = algorithms.levenbergMarquardt();
    solve((from) => recorded(start(from)), residualsOf(misra), problem(misra.starts[0]));
    const kinds = asked.map(({ difference }) => difference);
    expect(kinds[0]).toBe("forward");
    expect(kinds.at(-1)).toBe("central");
    expect(kinds.slice(kinds.indexOf("central"))).not.toContain("forward");
  });
});
