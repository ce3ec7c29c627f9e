/** The list of allowed artifacts, in the environment of a function as a deployment sets it. */
import { describe, expect, it } from "vitest";
import { readInfluenzaData } from "../../examples/influenza/read-data.ts";
import { deployedHandlerFile } from "../../src/executors/lambda/handler-file.ts";
import { startLocalLambda } from "../../src/executors/lambda/local/local-lambda.ts";
import {
  artifactHash,
  buildInternalFun,
  createLambdaExecutor,
  defineCriterion,
  executorBatchEvaluator,
  leastSquares,
  minimize,
} from "../../src/index.ts";

const influenza = new URL("../../examples/influenza/model.ts", import.meta.url);
const { days, inBed } = readInfluenzaData();
const criterion = (scale: number) =>
  leastSquares(defineCriterion(influenza, { export: "residuals", args: [days, inBed.map((n) => scale * n)] }));
const params = { beta: 2, gamma: 0.5 };

/** Fits the outbreak on a function with this list. */
async function fitOutbreak(allowed: string, scale: number): Promise<boolean> {
  await using lambda = await startLocalLambda({
    handlerFile: deployedHandlerFile(),
    concurrency: 2,
    environment: { FANOPT_ALLOWED_ARTIFACTS: allowed },
  });
  const { functionName, endpoint, region, credentials } = lambda;
  await using executor = createLambdaExecutor({ functionName, endpoint, region, credentials });
  const batchEvaluator = executorBatchEvaluator(executor);
  const options = { fun: criterion(scale), params, algorithm: "levenberg-marquardt", batchEvaluator } as const;
  return (await minimize({ ...options, errorHandling: "continue", progress: false })).success;
}

describe("a function with a list of allowed artifacts", () => {
  it("runs what is pinned by the hash that was known before, and no other data", async () => {
    const hash = await artifactHash(buildInternalFun({ fun: criterion(1), params, errorHandling: "continue" }));
    expect(await fitOutbreak(`${"0".repeat(64)},${hash}`, 1)).toBe(true);
    await expect(fitOutbreak(hash, 2)).rejects.toMatchObject({
      cause: {
        name: "InfrastructureError",
        code: "artifact-not-allowed",
        message: expect.stringMatching(
          /The artifact [0-9a-f]{64} is not among the 1 .*allowedArtifacts of fanoptEvaluator/,
        ),
      },
    });
  });

  it("runs nothing when the list cannot be read", async () => {
    await expect(fitOutbreak("all", 1)).rejects.toMatchObject({
      cause: { code: "artifact-not-allowed", message: expect.stringContaining('but has "all"') },
    });
  });
});
