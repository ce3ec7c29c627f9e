import { existsSync, readFileSync } from "node:fs";
import { basename, extname } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { LocalstackContainer, type StartedLocalStackContainer } from "@testcontainers/localstack";
import { zipSync } from "fflate";
import { getContainerRuntimeClient } from "testcontainers";
import { deployedHandlerFile } from "../../src/executors/lambda/handler-file.ts";
import { deployedFunction } from "../cases/deployed-function.ts";
import type { DeploySettings, LambdaEndpoint } from "../cases/lambda-endpoint.ts";
import { removeFunctionContainers } from "./function-containers.ts";
import { imageMapping, localstackImage } from "./images.ts";

const region = "us-east-1";
const credentials = { accessKeyId: "test", secretAccessKey: "test" };
const artifactBucket = "artifacts";

/** LocalStack in a container, which starts one more for each environment of a function. */
export async function startLocalStack(): Promise<LambdaEndpoint> {
  const { remoteSocketPath } = (await getContainerRuntimeClient()).info.containerRuntime;
  const container = await new LocalstackContainer(localstackImage)
    .withEnvironment({
      SERVICES: "lambda,dynamodb,iam,sts,logs,s3",
      DYNAMODB_IN_MEMORY: "1",
      // Its 20 s are too short when dozens of containers start at the same time on two cores.
      LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT: "120",
      ...imageMapping,
    })
    .withBindMounts([{ source: remoteSocketPath, target: "/var/run/docker.sock" }])
    .start();
  try {
    return await openEndpoint(container);
  } catch (error) {
    // Nobody else would.
    await stop(container);
    throw error;
  }
}

async function openEndpoint(container: StartedLocalStackContainer): Promise<LambdaEndpoint> {
  const service = { endpoint: container.getConnectionUri(), region, credentials };
  const lambda = new LambdaClient(service);
  const dynamoDb = new DynamoDBClient(service);
  const s3 = new S3Client({ ...service, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: artifactBucket }));
  // Functions are in containers of their own, on the same network.
  const workerEndpoint = `http://${container.getIpAddress("bridge")}:4566`;
  const access = { ...service, artifacts: { bucket: artifactBucket, workerEndpoint } };
  let created = 0;
  return {
    dynamoDb,
    async deploy(settings = {}) {
      const functionName = `case-${++created}`;
      await createFunction(lambda, functionName, settings);
      // LocalStack ends its environments with it.
      const remove = async () => void (await lambda.send(new DeleteFunctionCommand({ FunctionName: functionName })));
      return deployedFunction(functionName, access, remove);
    },
    async [Symbol.asyncDispose]() {
      lambda.destroy();
      dynamoDb.destroy();
      s3.destroy();
      await stop(container);
    },
  };
}

async function stop(container: StartedLocalStackContainer): Promise<void> {
  await container.stop({ timeout: 0 });
  await removeFunctionContainers();
}

async function createFunction(
  lambda: LambdaClient,
  functionName: string,
  { handlerFile = deployedHandlerFile(), timeoutSeconds = 60, memoryMB = 256, reservedConcurrency }: DeploySettings,
): Promise<void> {
  const file = basename(handlerFile);
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: functionName,
      Runtime: "nodejs22.x",
      Architectures: [process.arch === "arm64" ? "arm64" : "x86_64"],
      Handler: `${basename(file, extname(file))}.handler`,
      Code: { ZipFile: zipped(handlerFile) },
      Role: "arn:aws:iam::000000000000:role/evaluator",
      Timeout: timeoutSeconds,
      MemorySize: memoryMB,
      Environment: { Variables: { NODE_OPTIONS: "--enable-source-maps" } },
    }),
  );
  await waitUntilFunctionActiveV2(
    { client: lambda, maxWaitTime: 120, minDelay: 1, maxDelay: 1 },
    { FunctionName: functionName },
  );
  if (reservedConcurrency !== undefined)
    await lambda.send(
      new PutFunctionConcurrencyCommand({
        FunctionName: functionName,
        ReservedConcurrentExecutions: reservedConcurrency,
      }),
    );
}

/** As it is deployed: a bundle with its map, where it has one. */
function zipped(handlerFile: string): Uint8Array {
  const files = [handlerFile, `${handlerFile}.map`].filter((file) => existsSync(file));
  return zipSync(Object.fromEntries(files.map((file) => [basename(file), readFileSync(file)])));
}
