import { join, resolve } from "node:path";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type Connection, createClient } from "../dynamodb/connection.ts";
import { createHistoryTable } from "../dynamodb/create-table.ts";
import { DynamoDbStore, defaultGiveUpAfterMs } from "../dynamodb/dynamodb-store.ts";
import type { RunStore } from "../types.ts";
import { endpointUrl } from "./endpoint.ts";
import { acquireLocalServer } from "./server.ts";

/** Where runs are kept unless the options say otherwise: in the current folder. */
export const defaultLocalPath: string = join(".fanopt", "dynamodb");

export interface LocalStoreOptions {
  readonly kind: "local";
  /**
   * Folder of the database; made when it is not there. Drivers may use the same one at the same time.
   * @default ".fanopt/dynamodb", in the current folder
   */
  readonly path?: string;
  /** @default "fanopt" */
  readonly table?: string;
}

/**
 * Keeps runs in a DynamoDB on disk that is embedded in the driver: the same items, written the same way, as on AWS.
 * What was acknowledged survives the end of the process by whatever cause, but not a power failure.
 */
export function createLocalStore(options: LocalStoreOptions): RunStore {
  // Absolute now: the current folder may be another when the store is first used.
  const path = resolve(options.path ?? defaultLocalPath);
  const table = options.table ?? "fanopt";
  const description = `DynamoDB table ${table} (local, ${path})`;
  const settings = { description, ttlDays: null, giveUpAfterMs: defaultGiveUpAfterMs };
  return new DynamoDbStore(() => connectLocal(path, table, description), settings);
}

async function connectLocal(path: string, table: string, description: string): Promise<Connection> {
  const server = await acquireLocalServer(path);
  let url = endpointUrl(server.endpoint);
  let client = await clientFor(url);
  try {
    await createHistoryTable(client, table);
  } catch (error) {
    client.destroy();
    await server.release();
    throw error;
  }
  return {
    table,
    description,
    get client() {
      return client;
    },
    get trouble() {
      return server.trouble;
    },
    async recover() {
      await server.recover();
      if (endpointUrl(server.endpoint) === url) return;
      client.destroy();
      url = endpointUrl(server.endpoint);
      client = await clientFor(url);
    },
    async close() {
      client.destroy();
      await server.release();
    },
  };
}

/** The embedded server takes any signature; the credentials only keep the SDK from looking for real ones. */
function clientFor(endpoint: string): Promise<DynamoDBClient> {
  return createClient({ endpoint, region: "local", credentials: { accessKeyId: "local", secretAccessKey: "local" } });
}
