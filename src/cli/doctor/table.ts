import type { DynamoDBClient, TableDescription } from "@aws-sdk/client-dynamodb";
import { tableKeys } from "../../recording/dynamodb/keys.ts";
import { isDenied, isNotFound } from "./aws-failure.ts";
import { type Finding, failed, passed, skipped } from "./check.ts";
import type { AwsContext } from "./context.ts";
import { deployedTable } from "./deployed.ts";

/** A key that no run has. */
const NOBODYS_KEY = { pk: { S: "DOCTOR" }, sk: { S: "DOCTOR" } };

/** Whether the history table is there, has the right keys, and may be read and written. Nothing is written. */
export async function checkTable(context: AwsContext, signal: AbortSignal): Promise<Finding> {
  const table = deployedTable(context.options.table, context.environment);
  if (table === null)
    return skipped(
      "none is configured: runs are kept in memory or on this machine",
      "For one on AWS: npx sst deploy, or FANOPT_TABLE=<name>, or --table <name>.",
    );
  const { name, from } = table;
  const client = await context.dynamoDb();
  const description = await describe(client, name, signal);
  if (description === "missing")
    return failed(
      `there is no table ${name} (from ${from}) in ${await client.config.region()}`,
      "Deploy it (npx sst deploy), or check name, region and account.",
    );
  if (description !== "denied") {
    const wrong = keysProblem(description);
    if (wrong !== null)
      return failed(
        `${name} (from ${from}) ${wrong}`,
        "It is not a history table: name another, or deploy one (npx sst deploy). Keys of a table cannot be changed.",
      );
    if (description.TableStatus !== "ACTIVE" && description.TableStatus !== "UPDATING")
      return failed(`${name} (from ${from}) is ${description.TableStatus}`, "Wait until it is active, then try again.");
  }
  await proveAccess(client, name, signal);
  const settings = description === "denied" ? ["dynamodb:DescribeTable is denied"] : settingsOf(description);
  const recovery = await pointInTimeRecovery(client, name, signal);
  if (recovery !== undefined) settings.push(`point-in-time recovery ${recovery ? "on" : "off"}`);
  return passed(
    `${name} (from ${from}): read and write allowed, ${settings.join(", ")}`,
    ...(recovery === false ? ["Without point-in-time recovery a deleted history cannot be restored: turn it on."] : []),
  );
}

async function describe(
  client: DynamoDBClient,
  table: string,
  signal: AbortSignal,
): Promise<TableDescription | "missing" | "denied"> {
  const { DescribeTableCommand } = await import("@aws-sdk/client-dynamodb");
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }), { abortSignal: signal });
    return Table ?? "missing";
  } catch (error) {
    if (isNotFound(error)) return "missing";
    if (isDenied(error)) return "denied";
    throw error;
  }
}

/** What is wrong with the keys. */
function keysProblem(table: TableDescription): string | null {
  const found = keysText(table);
  const expected = keysText(tableKeys);
  return found === expected ? null : `has the keys ${found}; expected ${expected}`;
}

/** E.g. "pk (HASH S), sk (RANGE S)". */
function keysText({ KeySchema = [], AttributeDefinitions = [] }: TableDescription): string {
  const typeOf = (name: string | undefined) =>
    AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType;
  const keys = KeySchema.map(({ AttributeName, KeyType }) => `${AttributeName} (${KeyType} ${typeOf(AttributeName)})`);
  return keys.sort().join(", ");
}

function settingsOf({ BillingModeSummary, TableStatus }: TableDescription): string[] {
  const onDemand = BillingModeSummary?.BillingMode === "PAY_PER_REQUEST";
  return [onDemand ? "on demand" : "provisioned capacity", String(TableStatus).toLowerCase()];
}

/** Reads an item that is not there, and asks for a write under a condition that nothing meets: denied requests throw. */
async function proveAccess(client: DynamoDBClient, table: string, signal: AbortSignal): Promise<void> {
  const { GetItemCommand, PutItemCommand } = await import("@aws-sdk/client-dynamodb");
  const read = new GetItemCommand({ TableName: table, Key: NOBODYS_KEY, ConsistentRead: true });
  await client.send(read, { abortSignal: signal });
  const write = new PutItemCommand({
    TableName: table,
    Item: NOBODYS_KEY,
    ConditionExpression: "attribute_exists(pk) AND attribute_not_exists(pk)",
  });
  try {
    await client.send(write, { abortSignal: signal });
  } catch (error) {
    if ((error as Error).name !== "ConditionalCheckFailedException") throw error;
  }
}

/** Undefined where it may not be read, or the server does not know it. */
async function pointInTimeRecovery(
  client: DynamoDBClient,
  table: string,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const { DescribeContinuousBackupsCommand } = await import("@aws-sdk/client-dynamodb");
  try {
    const command = new DescribeContinuousBackupsCommand({ TableName: table });
    const { ContinuousBackupsDescription } = await client.send(command, { abortSignal: signal });
    return ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === "ENABLED";
  } catch {
    return undefined;
  }
}
