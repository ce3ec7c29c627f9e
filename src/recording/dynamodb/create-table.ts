import { setTimeout as sleep } from "node:timers/promises";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { InfrastructureError } from "../../errors.ts";
import { tableKeys } from "./keys.ts";

/**
 * Creates the history table (see keys.ts) unless it exists, and waits until it is active. Billed per request.
 * `stacks/` deploys the same table, with time to live on; this is for emulators and tests.
 */
export async function createHistoryTable(client: DynamoDBClient, table: string): Promise<void> {
  const { CreateTableCommand, DescribeTableCommand } = await import("@aws-sdk/client-dynamodb");
  const statusOf = async (): Promise<string | undefined> => {
    try {
      return (await client.send(new DescribeTableCommand({ TableName: table }))).Table?.TableStatus;
    } catch (error) {
      if (isNamed(error, "ResourceNotFoundException")) return undefined;
      throw error;
    }
  };
  if ((await statusOf()) === undefined) {
    const creation = new CreateTableCommand({
      TableName: table,
      BillingMode: "PAY_PER_REQUEST",
      ...tableKeys,
    });
    try {
      await client.send(creation);
    } catch (error) {
      // Another driver created it at the same moment.
      if (!isNamed(error, "ResourceInUseException")) throw error;
    }
  }
  const deadline = performance.now() + 60_000;
  for (let status = await statusOf(); status !== "ACTIVE"; status = await statusOf()) {
    if (performance.now() > deadline)
      throw new InfrastructureError(
        "store-no-table",
        `DynamoDB table ${table} is still ${status ?? "missing"} 60 s after it was created. Try again later.`,
      );
    await sleep(200);
  }
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
