import { readFileSync } from "node:fs";
import { basename, extname } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  CreateFunctionCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { LocalstackContainer } from "@testcontainers/localstack";
import { zipSync } from "fflate";
import { getContainerRuntimeClient, getReaper, LABEL_TESTCONTAINERS_SESSION_ID } from "testcontainers";
import { deployedHandlerFile } from "../../src/executors/lambda/handler-file.ts";
import { deployedFunction } from "../cases/deployed-function.ts";
import type { DeploySettings, LambdaEndpoint } from "../cases/lambda-endpoint.ts";
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
      return deployedFunction(functionName, access);
    },
    async [Symbol.asyncDispose]() {
      lambda.destroy();
      dynamoDb.destroy();
      s3.destroy();
      await container.stop({ timeout: 0 });
      await removeFunctionContainers();
    },
  };
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
      Code: { ZipFile: zipSync({ [file]: readFileSync(handlerFile) }) },
      Role: "arn:aws:iam::000000000000:role/evaluator",
      Timeout: timeoutSeconds,
      MemorySize: memoryMB,
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

/** LocalStack takes 20 s to end dozens of containers; without testcontainers' own reaper nobody else does it. They carry our session's label. */
async function removeFunctionContainers(): Promise<void> {
  const client = await getContainerRuntimeClient();
  const { sessionId } = await getReaper(client);
  const { dockerode } = client.container;
  const label = [`${LABEL_TESTCONTAINERS_SESSION_ID}=${sessionId}`];
  const left = await dockerode.listContainers({ all: true, filters: { label } });
  const functions = left.filter(({ Labels }) => Labels["org.testcontainers.ryuk"] !== "true");
  await Promise.all(functions.map(({ Id }) => dockerode.getContainer(Id).remove({ force: true, v: true })));
}
