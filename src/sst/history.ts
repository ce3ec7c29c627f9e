import { InvalidInputError, show } from "../errors.ts";
import { rejectUnknownKeys } from "../suggest.ts";
import type { SstComponent, SstGlobals } from "./globals.ts";
import { requireSst } from "./inside-sst.ts";

declare const sst: SstGlobals["sst"];
declare const $app: SstGlobals["$app"];

export interface HistoryOptions {
  /** Whether AWS refuses to delete the table. @default in the stage "production" only */
  readonly deletionProtection?: boolean;
}

/**
 * The DynamoDB table of runs, steps and points, linked as `FanoptHistory`. On demand, with point-in-time recovery: so SST makes its tables.
 *
 * @returns the `sst.aws.Dynamo`; return its `name` from `run()` as `table`, so that drivers find it.
 * @throws InvalidInputError when an option is not what it may be, or outside `sst deploy`.
 */
export function fanoptHistory(options: HistoryOptions = {}): SstComponent<"Dynamo"> {
  rejectUnknownKeys(options, ["deletionProtection"], "fanoptHistory");
  requireSst("fanoptHistory");
  const { deletionProtection = $app.stage === "production" } = options;
  if (typeof deletionProtection !== "boolean")
    throw new InvalidInputError(
      `fanoptHistory: deletionProtection must be true or false, received ${show(deletionProtection)}.`,
    );
  return new sst.aws.Dynamo("FanoptHistory", {
    // The keys and the attribute of src/recording/dynamodb/keys.ts.
    fields: { pk: "string", sk: "string" },
    primaryIndex: { hashKey: "pk", rangeKey: "sk" },
    ttl: "expiresAt",
    deletionProtection,
  }) as SstComponent<"Dynamo">;
}
