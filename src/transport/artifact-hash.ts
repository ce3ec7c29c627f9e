import { InvalidInputError, show } from "../errors.ts";
import { buildArtifact } from "./artifact.ts";
import { portableOf } from "./portable.ts";

/**
 * The hash of what workers get for a function: its code with all that it imports, its args, and the problem around it. Known before a
 * deployment, so that `allowedArtifacts` of the evaluator can pin it. `minimize` and `maximize` send what `buildInternalFun` returns for the same
 * `fun`, `jac`, `direction` and `errorHandling`, and params of the same shape; an executor sends what it is given.
 *
 * The same files with the same lock file (fanopt, esbuild, dependencies) give the same hash on every machine, in whatever folder.
 *
 * @returns SHA-256, 64 hexadecimal digits.
 * @throws InvalidInputError for a function that cannot travel; SubmissionError where it cannot be bundled or its args cannot be sent.
 * @example
 * const fun = defineCriterion(new URL("./model.ts", import.meta.url), { export: "residuals", args: [days, counts] });
 * console.log(await artifactHash(buildInternalFun({ fun: leastSquares(fun), params })));
 */
export async function artifactHash(fun: unknown): Promise<string> {
  const portable = portableOf(fun);
  if (portable === undefined)
    throw new InvalidInputError(
      `artifactHash: ${show(fun)} works in this process only. Give what buildInternalFun or defineCriterion returned, with fun (and jac) from defineCriterion.`,
    );
  return (await buildArtifact(portable)).hash;
}
