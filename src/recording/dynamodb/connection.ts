import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { InvalidInputError } from "../../errors.ts";
import type { DynamoDbStoreOptions } from "./dynamodb-store.ts";
import { resolveTableName } from "./table-name.ts";

/** A client, the table it is for, and how to find the server again. */
export interface Connection {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** For messages, e.g. `DynamoDB table fanopt in eu-central-1`. */
  readonly description: string;
  /** Called before a failed request is repeated. */
  recover?(): Promise<void>;
  /** What is known about why requests fail, beyond the requests' own errors. */
  readonly trouble?: string | null;
  close(): Promise<void>;
}

/** At once in flight, of batch writes. */
export const maxRequests = 8;

/** A client for our own way of retrying: the SDK's retries would hide throttling and know no deadline. */
export async function createClient(config: {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}): Promise<DynamoDBClient> {
  // The SDK takes a while to load: only those who use a table pay for it.
  const { DynamoDBClient } = await import("@aws-sdk/client-dynamodb");
  const sockets = { keepAlive: true, maxSockets: 2 * maxRequests };
  return new DynamoDBClient({
    ...config,
    maxAttempts: 1,
    cacheMiddleware: true,
    requestHandler: {
      connectionTimeout: 5_000,
      requestTimeout: 30_000,
      throwOnRequestTimeout: true,
      httpAgent: sockets,
      httpsAgent: sockets,
    },
  });
}

/** Table, region and credentials on AWS, or on the server at `endpoint`. */
export async function connectAws(options: DynamoDbStoreOptions): Promise<Connection> {
  const table = resolveTableName(options.table);
  const { region, endpoint } = options;
  const client =
    options.client ??
    (await createClient({
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint }),
    }));
  const place = endpoint === undefined ? "" : ` at ${endpoint}`;
  return {
    client,
    table,
    description: `DynamoDB table ${table} in ${await regionOf(client)}${place}`,
    async close() {
      if (options.client === undefined) client.destroy();
    },
  };
}

async function regionOf(client: DynamoDBClient): Promise<string> {
  try {
    return await client.config.region();
  } catch (error) {
    throw new InvalidInputError(
      'No AWS region is known for the run store: set AWS_REGION, a region in the profile of AWS_PROFILE, or createRunStore({ kind: "dynamodb", region }).',
      { cause: error },
    );
  }
}
