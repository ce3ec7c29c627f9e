import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { S3Client } from "@aws-sdk/client-s3";
import { openClient } from "../../executors/lambda/client.ts";
import { createClient } from "../../recording/dynamodb/connection.ts";

/** What the command line says. */
export interface DoctorOptions {
  readonly local?: boolean;
  readonly function?: string;
  readonly table?: string;
  readonly region?: string;
  readonly endpoint?: string;
  /** Seconds that a check may take. */
  readonly timeout: number;
  readonly json?: boolean;
}

/** What the checks share. Clients are made when they are first asked for, so that an old Node.js can still be told. */
export interface AwsContext {
  readonly options: DoctorOptions;
  readonly environment: NodeJS.ProcessEnv;
  lambda(): Promise<LambdaClient>;
  dynamoDb(): Promise<DynamoDBClient>;
  s3(): Promise<S3Client>;
}

export function awsContext(options: DoctorOptions, environment: NodeJS.ProcessEnv = process.env): AwsContext {
  const { region, endpoint } = options;
  const place = { ...(region === undefined ? {} : { region }), ...(endpoint === undefined ? {} : { endpoint }) };
  return {
    options,
    environment,
    // The check's own limit comes first, and says more.
    lambda: once(() => openClient({ ...place, maxConcurrency: 4, requestTimeoutSeconds: options.timeout + 1 })),
    dynamoDb: once(() => createClient(place)),
    s3: once(async () => {
      const { S3Client } = await import("@aws-sdk/client-s3");
      // Emulators serve all buckets under one host name.
      return new S3Client({
        ...place,
        forcePathStyle: endpoint !== undefined,
        maxAttempts: 1,
        // As drivers do: newer checksums are not known everywhere.
        requestChecksumCalculation: "WHEN_REQUIRED",
        responseChecksumValidation: "WHEN_REQUIRED",
      });
    }),
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
