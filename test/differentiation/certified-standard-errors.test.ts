/**
 * Standard deviations of the estimates as certified: NIST/ITL Statistical Reference Datasets,
 * https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml. They are √(s² (JᵀJ)⁻¹ᵢᵢ) with s² = RSS / (m − n).
 */
import { inverse, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { firstDerivative } from "../../src/index.ts";
import { certifiedProblems, residualsOf } from "../algorithms/fixtures/certified-problems.ts";

const standardDeviations: Readonly<Record<string, readonly number[]>> = {
  Misra1a: [2.7070075241, 7.2668688436e-6],
  Misra1b: [3.1643950207, 4.2547321834e-6],
  BoxBOD: [1.2354515176e1, 1.0455993237e-1],
  Rat42: [1.7340283401, 8.8295217536e-2, 3.4465663377e-3],
  Rat43: [1.6302297817e1, 2.0828735829, 1.9566123451e-1, 6.8761936385e-1],
  MGH09: [1.1435312227e-2, 1.9633220911e-1, 8.0842031232e-2, 9.0025542308e-2],
  MGH10: [1.5687892471e-4, 2.3309021107e1, 7.8486103508e-1],
  Eckerle4: [1.5408051163e-2, 4.6803020753e-2, 4.6800518816e-2],
  Thurber: [
    4.6647963344, 3.9571156086e1, 2.8698696102e1, 5.567537027, 3.1333340687e-2, 1.4984928198e-2, 6.5842344623e-3,
  ],
};

describe("standard errors by a numerical Jacobian are the certified ones", () => {
  it.each(certifiedProblems.filter(({ name }) => name in standardDeviations))("$name", async (problem) => {
    const { name, certified, y, residualSumOfSquares } = problem;
    for (const richardson of [0, 2]) {
      const params = Float64Array.from(certified);
      // Its third parameter is the place of a peak of a hundredth of its size: that one does not see such long steps.
      const absoluteStep = name === "Eckerle4" && richardson > 0 ? [null, null, 0.1] : undefined;
      const { jacobian } = await firstDerivative({ fun: residualsOf(problem), params, richardson, absoluteStep });
      const j = Matrix.from1DArray(jacobian.rows, jacobian.columns, jacobian.data);
      // Columns of very different sizes: scaled before they are squared.
      const sizes = certified.map((value) => Math.abs(value));
      const scaled = j.mulRowVector(sizes);
      const variance = residualSumOfSquares / (y.length - certified.length);
      const covariance = inverse(scaled.transpose().mmul(scaled));
      standardDeviations[name].forEach((expected, i) => {
        const found = sizes[i] * Math.sqrt(variance * covariance.get(i, i));
        expect(Math.abs(found / expected - 1)).toBeLessThan(richardson > 0 ? 1e-9 : 2e-7);
      });
    }
  });
});
