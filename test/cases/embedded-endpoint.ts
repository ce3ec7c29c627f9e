import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { deployedHandlerFile } from "../../src/executors/lambda/handler-file.ts";
import { startLocalLambda } from "../../src/executors/lambda/local/local-lambda.ts";
import { endpointUrl } from "../../src/recording/local/endpoint.ts";
import { acquireLocalServer } from "../../src/recording/local/server.ts";
import { deployedFunction } from "./deployed-function.ts";
import type { LambdaEndpoint } from "./lambda-endpoint.ts";

/** The embedded Lambda and the embedded DynamoDB. */
export async function startEmbedded(): Promise<LambdaEndpoint> {
  const folder = mkdtempSync(join(tmpdir(), "fanopt-test-"));
  const server = await acquireLocalServer(folder);
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const dynamoDb = new DynamoDBClient({ endpoint: endpointUrl(server.endpoint), region: "us-east-1", credentials });
  return {
    dynamoDb,
    async deploy({
      handlerFile = deployedHandlerFile(),
      timeoutSeconds = 60,
      memoryMB = 256,
      reservedConcurrency = 64,
    } = {}) {
      const concurrency = reservedConcurrency;
      const lambda = await startLocalLambda({ handlerFile, timeoutSeconds, memoryMB, concurrency });
      const { functionName, endpoint, region, artifactBucket: bucket } = lambda;
      const access = { endpoint, region, credentials: lambda.credentials, artifacts: { bucket } };
      return deployedFunction(functionName, access, () => lambda.close());
    },
    async [Symbol.asyncDispose]() {
      dynamoDb.destroy();
      await server.release();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
