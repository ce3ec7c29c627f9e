/**
 * The table of runs, steps and points, linked as `FanoptHistory`. Its keys are those of src/recording/dynamodb/keys.ts. On demand and with
 * point-in-time recovery: so SST makes its tables.
 */
export function deployHistoryTable(): sst.aws.Dynamo {
  return new sst.aws.Dynamo("FanoptHistory", {
    fields: { pk: "string", sk: "string" },
    primaryIndex: { hashKey: "pk", rangeKey: "sk" },
    ttl: "expiresAt",
    deletionProtection: $app.stage === "production",
  });
}
