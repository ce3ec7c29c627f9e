import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { LambdaExecutor, LambdaExecutorOptions } from "../../src/index.ts";

export type EndpointName = "embedded Lambda" | "LocalStack";

/** A function's configuration, in AWS's own units. */
export interface DeploySettings {
  /** Absolute path of an ES module that exports `handler`. @default the evaluator that is deployed, dist/lambda/evaluator.mjs */
  readonly handlerFile?: string;
  /** Whole seconds, as on AWS. @default 60 */
  readonly timeoutSeconds?: number;
  /** @default 256 */
  readonly memoryMB?: number;
  /** Most invocations at the same time. @default not limited, as far as the cases go */
  readonly reservedConcurrency?: number;
}

/** A function of its own for one case. Disposing of it closes its client and executors. */
export interface DeployedFunction extends AsyncDisposable {
  readonly functionName: string;
  /** For a closer look at single answers. Tries once. */
  readonly client: LambdaClient;
  /** An executor for it, found as a deployed function is: by name, region, endpoint and credentials. */
  executor(options?: LambdaExecutorOptions): LambdaExecutor;
}

/** Where functions are deployed to: one that the list of cases is run against. */
export interface LambdaEndpoint extends AsyncDisposable {
  /** A DynamoDB beside it. */
  readonly dynamoDb: DynamoDBClient;
  deploy(settings?: DeploySettings): Promise<DeployedFunction>;
}

/** How clients reach an endpoint. */
export interface Access {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** A bucket at the same endpoint. */
  readonly artifacts: NonNullable<LambdaExecutorOptions["artifacts"]>;
}
