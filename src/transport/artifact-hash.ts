import { InvalidInputError, show } from "../errors.ts";
import { buildArtifact } from "./artifact.ts";
import { portableOf } from "./portable.ts";

/**
 * The hash of what workers get for a function: its code with all that it imports, its data, and the problem around it. Known before a
 * deployment, so that `allowedArtifacts` of the evaluator can pin it. `minimize` and `maximize` send what `buildInternalFun` returns for the same
 * `fun`, `jac`, `direction` and `errorHandling`, and params of the same shape; an executor sends what it is given.
 *
 * With `defineCriterion` the same files with the same lock file (fanopt, esbuild, dependencies) give the same hash on every machine, in whatever
 * folder. That of a closure also depends on the program that it is in, and on how that was compiled.
 *
 * @returns SHA-256, 64 hexadecimal digits.
 * @throws InvalidInputError for what is no function; SubmissionError where it cannot be bundled, or what it captured or its args cannot be sent.
 * @example
 * const fun = defineCriterion(new URL("./model.ts", import.meta.url), { export: "residuals", args: [days, counts] });
 * console.log(await artifactHash(buildInternalFun({ fun: leastSquares(fun), params })));
 */
export async function artifactHash(fun: unknown): Promise<string> {
  const portable = portableOf(fun);
  if (portable === undefined)
    throw new InvalidInputError(
      `artifactHash: expected a function, such as buildInternalFun or defineCriterion return, received ${show(fun)}.`,
    );
  return (await buildArtifact(portable)).hash;
}
