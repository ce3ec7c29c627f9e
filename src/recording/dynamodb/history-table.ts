import { InfrastructureError, InvalidInputError } from "../../errors.ts";
import { holdProcess } from "../hold-process.ts";
import type { Item } from "./attributes.ts";
import type { Connection } from "./connection.ts";
import { explain, isConditionFailure, isTransient } from "./failures.ts";
import type { Key } from "./keys.ts";
import { retry } from "./retry.ts";

/** The table's few operations, each repeated while it fails for a passing reason. Opened by the first of them. */
export class HistoryTable {
  /** How long an operation is repeated without any progress, milliseconds. */
  readonly giveUpAfterMs: number;
  readonly #connect: () => Promise<Connection>;
  #opening: Promise<Connection> | null = null;
  #connection: Connection | null = null;
  #closed = false;

  constructor(connect: () => Promise<Connection>, giveUpAfterMs: number) {
    this.#connect = connect;
    this.giveUpAfterMs = giveUpAfterMs;
  }

  /** Null until it was opened. */
  get description(): string | null {
    return this.#connection?.description ?? null;
  }

  /** Writes an item unless another writer's is there. Returns whether it is ours now. */
  async putUnlessOthers(item: Item, doing: string): Promise<boolean> {
    const { PutItemCommand } = await import("@aws-sdk/client-dynamodb");
    try {
      await this.#persist(doing, ({ client, table }) =>
        client.send(
          new PutItemCommand({
            TableName: table,
            Item: item,
            // A repeated request finds what it wrote itself: its answer was lost.
            ConditionExpression: "attribute_not_exists(pk) OR writerId = :writerId",
            ExpressionAttributeValues: { ":writerId": item.writerId },
          }),
        ),
      );
      return true;
    } catch (error) {
      if (error instanceof InfrastructureError && isConditionFailure(error.cause)) return false;
      throw error;
    }
  }

  async put(item: Item, doing: string): Promise<void> {
    const { PutItemCommand } = await import("@aws-sdk/client-dynamodb");
    await this.#persist(doing, ({ client, table }) =>
      client.send(new PutItemCommand({ TableName: table, Item: item })),
    );
  }

  async get(key: Key, doing: string): Promise<Item | null> {
    const { GetItemCommand } = await import("@aws-sdk/client-dynamodb");
    const Key = { pk: { S: key.pk }, sk: { S: key.sk } };
    const { Item } = await this.#persist(doing, ({ client, table }) =>
      client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true })),
    );
    return Item ?? null;
  }

  /** All items of a partition in the order of their sort keys, read page by page. */
  async *query(pk: string, order: "ascending" | "descending", doing: string): AsyncGenerator<Item> {
    const { QueryCommand } = await import("@aws-sdk/client-dynamodb");
    let start: Item | undefined;
    do {
      const command = {
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: pk } },
        ConsistentRead: true,
        ScanIndexForward: order === "ascending",
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      };
      const page = await this.#persist(doing, ({ client, table }) =>
        client.send(new QueryCommand({ TableName: table, ...command })),
      );
      yield* page.Items ?? [];
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
  }

  /**
   * One attempt to write at most 25 items of different keys.
   * @returns the items that DynamoDB left unprocessed
   * @throws the SDK's own error
   */
  async writeBatch(items: readonly Item[]): Promise<Item[]> {
    const { BatchWriteItemCommand } = await import("@aws-sdk/client-dynamodb");
    const { client, table } = await this.#open();
    const requests = items.map((Item) => ({ PutRequest: { Item } }));
    const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
    return (answer.UnprocessedItems?.[table] ?? []).flatMap((request) =>
      request.PutRequest?.Item ? [request.PutRequest.Item] : [],
    );
  }

  /** Finds the server again after a failed request, where it can have moved. */
  async recover(): Promise<void> {
    await this.#connection?.recover?.();
  }

  explain(error: unknown, doing: string, triedForMs: number): Error {
    const where = this.#connection?.description ?? "the run store";
    const explained = explain(error, doing, where, triedForMs);
    const trouble = this.#connection?.trouble;
    if (trouble && explained instanceof InfrastructureError) explained.message += ` ${trouble}`;
    return explained;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const connection = await this.#opening?.catch(() => null);
    await connection?.close();
  }

  async #persist<T>(doing: string, send: (connection: Connection) => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await holdProcess(() =>
        retry(async () => send(await this.#open()), {
          isTransient,
          giveUp: (failingSince) => performance.now() - failingSince >= this.giveUpAfterMs,
          recover: () => this.recover(),
        }),
      );
    } catch (error) {
      throw this.explain(error, doing, performance.now() - startedAt);
    }
  }

  async #open(): Promise<Connection> {
    if (this.#closed)
      throw new InvalidInputError("The run store was disposed; create another one to read or write runs.");
    this.#opening ??= this.#connect();
    const opening = this.#opening;
    try {
      this.#connection = await opening;
      return this.#connection;
    } catch (error) {
      if (this.#opening === opening) this.#opening = null;
      throw error;
    }
  }
}
