/** The bundle that is deployed, in the environment that a deployment gives it: minified, and yet its errors lead to sources. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deployedHandlerFile } from "../../src/executors/lambda/handler-file.ts";
import { createLambdaExecutor, defineCriterion, executorBatchEvaluator } from "../../src/index.ts";
import { PROTOCOL_VERSION } from "../../src/worker/protocol.ts";
import { TestLambda } from "../fixtures/local-lambda.ts";

const root = join(import.meta.dirname, "..", "..");

/** The line of the source that the first frame of a stack leads to, from its folder in the package on. */
function lineAt(stack: string): string {
  const [, file, line] = /(src\/[\w/-]+\.ts|test\/[\w/-]+\.ts):(\d+):\d+/.exec(stack) ?? [];
  return readFileSync(join(root, String(file)), "utf8").split("\n")[Number(line) - 1];
}

describe("the bundle that is deployed", () => {
  let lambda: TestLambda;
  beforeAll(async () => {
    const environment = { NODE_OPTIONS: "--enable-source-maps" };
    lambda = await TestLambda.start({ handlerFile: deployedHandlerFile(), environment });
  });
  afterAll(() => lambda?.[Symbol.asyncDispose]());

  it("is minified: no line begins with the space of an indented one", () => {
    expect(readFileSync(deployedHandlerFile(), "utf8")).not.toMatch(/^\s+(const|return|if) /m);
  });

  it("keeps the names of errors, and maps their stacks to its sources", async () => {
    const request = { protocol: PROTOCOL_VERSION, content: { hash: "0".repeat(64), inline: "AAAA" }, tasks: [] };
    const { value } = await lambda.call(request);
    expect(value.error).toMatchObject({ name: "FanoptError", code: "artifact-damaged" });
    expect(lineAt(value.error.stack)).toContain("new FanoptError(ARTIFACT_DAMAGED");
  });

  it("leaves the stack of a criterion to the driver, which has its sources", async () => {
    const { functionName, endpoint, region, credentials } = lambda.lambda;
    await using executor = createLambdaExecutor({ functionName, endpoint, region, credentials });
    const throwsError = defineCriterion(new URL("../fixtures/criteria.ts", import.meta.url), { export: "throwsError" });
    const failure = await executorBatchEvaluator(executor)(throwsError, [{ x: 3, y: 0 }]).catch((error) => error);
    expect(failure).toMatchObject({ name: "ModelError", message: "x must be at most 2, received 3" });
    expect(lineAt(failure.stack)).toContain("throw new ModelError(");
  });
});
