import { InvalidInputError, show } from "../errors.ts";
import { rejectUnknownKeys, unknownName } from "../suggest.ts";
import { createDynamoDbStore, type DynamoDbStoreOptions } from "./dynamodb/dynamodb-store.ts";
import { createLocalStore, type LocalStoreOptions } from "./local/local-store.ts";
import { createMemoryStore, type MemoryStoreOptions } from "./memory.ts";
import type { RunStore } from "./types.ts";

export type RunStoreOptions = MemoryStoreOptions | LocalStoreOptions | DynamoDbStoreOptions;

/** A store by name with its defaults, by options, or itself. */
export type RunStoreChoice = RunStoreOptions["kind"] | RunStoreOptions | RunStore;

const knownOptions: Readonly<Record<RunStoreOptions["kind"], readonly string[]>> = {
  memory: ["kind", "maxRuns"],
  local: ["kind", "path", "table"],
  dynamodb: ["kind", "table", "region", "endpoint", "client", "ttlDays", "giveUpAfterMs"],
};
const kinds = Object.keys(knownOptions);

/** What `store: "memory"` means: runs of this process find each other. */
const processMemory = createMemoryStore({ kind: "memory" });

/**
 * Where runs are kept: `{ kind: "memory" }`, `{ kind: "local", path }` (an embedded DynamoDB on disk) or
 * `{ kind: "dynamodb", table, region, … }`. Lazy: nothing is read, loaded or opened before the first use.
 *
 * ```ts
 * await using store = createRunStore({ kind: "dynamodb", table: "history", region: "eu-central-1" });
 * await minimize({ fun, params, algorithm, store });
 * ```
 * @throws InvalidInputError on an unknown kind or option (suggesting the nearest) or a bad value
 */
export function createRunStore(options: RunStoreOptions): RunStore {
  if (typeof options !== "object" || options === null || !("kind" in options))
    throw new InvalidInputError(
      `createRunStore: expected options with a kind (${kinds.join(", ")}), e.g. { kind: "local" }; got ${show(options)}.`,
    );
  checkKind(options.kind, "createRunStore");
  rejectUnknownKeys(options, knownOptions[options.kind], `createRunStore({ kind: "${options.kind}" })`);
  switch (options.kind) {
    case "memory":
      checkPositive(options.maxRuns, "maxRuns", true);
      return createMemoryStore(options);
    case "local":
      checkText(options.path, "path");
      checkText(options.table, "table");
      return createLocalStore(options);
    case "dynamodb":
      checkDynamoDb(options);
      return createDynamoDbStore(options);
  }
}

/**
 * The store that `store: …` of `minimize`, `openRun` and `listRuns` names. A store is returned as it is and stays the
 * caller's to dispose; "memory" is one store for the whole process; the others are new.
 * @throws InvalidInputError on what is none of these
 */
export function resolveRunStore(choice: RunStoreChoice): RunStore {
  if (typeof choice === "string") {
    checkKind(choice, "store");
    return choice === "memory" ? processMemory : createRunStore({ kind: choice });
  }
  if (typeof choice === "object" && choice !== null) {
    if ("createRun" in choice && "listRuns" in choice && "readRun" in choice) return choice;
    if ("kind" in choice) return createRunStore(choice);
  }
  throw new InvalidInputError(
    `store: expected ${kinds.map((kind) => `"${kind}"`).join(", ")}, options with a kind, or a RunStore; got ${show(choice)}.`,
  );
}

function checkKind(kind: unknown, where: string): asserts kind is RunStoreOptions["kind"] {
  if (typeof kind !== "string")
    throw new InvalidInputError(`${where}: expected a kind of store (${kinds.join(", ")}), got ${show(kind)}.`);
  if (!kinds.includes(kind)) throw new InvalidInputError(unknownName(`store "${kind}"`, kind, kinds, where));
}

function checkDynamoDb(options: DynamoDbStoreOptions): void {
  const { client, endpoint, region } = options;
  checkText(options.table, "table");
  checkText(region, "region");
  checkText(endpoint, "endpoint");
  if (endpoint !== undefined && !URL.canParse(endpoint))
    throw new InvalidInputError(
      `createRunStore: endpoint must be a URL such as "http://127.0.0.1:4566", got ${show(endpoint)}.`,
    );
  if (client !== undefined && typeof client?.send !== "function")
    throw new InvalidInputError(
      `createRunStore: client must be a DynamoDBClient of @aws-sdk/client-dynamodb, got ${show(client)}.`,
    );
  if (client !== undefined && (region !== undefined || endpoint !== undefined))
    throw new InvalidInputError(
      "createRunStore: a client brings its region and endpoint; give either them or a client.",
    );
  checkPositive(options.ttlDays, "ttlDays", false);
  checkPositive(options.giveUpAfterMs, "giveUpAfterMs", false);
}

function checkText(value: unknown, name: string): void {
  if (value !== undefined && (typeof value !== "string" || value === ""))
    throw new InvalidInputError(`createRunStore: ${name} must be a string that is not empty, got ${show(value)}.`);
}

function checkPositive(value: unknown, name: string, integer: boolean): void {
  if (value === undefined) return;
  if (typeof value !== "number" || !Number.isFinite(value) || value <= 0 || (integer && !Number.isInteger(value)))
    throw new InvalidInputError(
      `createRunStore: ${name} must be a positive ${integer ? "integer" : "number"}, got ${show(value)}.`,
    );
}
