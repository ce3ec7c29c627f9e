import type { AttributeDefinition, KeySchemaElement } from "@aws-sdk/client-dynamodb";

/**
 * Key design: one table, partition key `pk` and sort key `sk`, both strings, no secondary index.
 *
 * | item                 | pk            | sk                |
 * | -------------------- | ------------- | ----------------- |
 * | run                  | `RUNS`        | `<runId>`         |
 * | step 1 of a run      | `RUN#<runId>` | `STEP#0001`       |
 * | point 23 of a run    | `RUN#<runId>` | `POINT#000000023` |
 *
 * - Run ids sort by start time: the partition `RUNS` read backwards lists the runs newest first, without a scan, and a
 *   run's own item is found by its id. So there is one item a run, and no second copy that could disagree.
 * - Indices are padded with zeros: one Query of a run's partition gives its points in order, then its steps.
 * - Every key is determined by what the item says: writing a point twice stores it once.
 * - `expiresAt` (seconds since the Unix epoch) is the time-to-live attribute; absent unless `ttlDays` was given.
 */
export const tableKeys: {
  readonly KeySchema: KeySchemaElement[];
  readonly AttributeDefinitions: AttributeDefinition[];
} = {
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "S" },
  ],
};

export const listingPartition = "RUNS";

export const ttlAttribute = "expiresAt";

const pointPrefix = "POINT#";
const stepPrefix = "STEP#";
const pointDigits = 9;

/** The largest index that keeps points in order. */
export const maxIndex: number = 10 ** pointDigits - 1;

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export function runKey(runId: string): Key {
  return { pk: listingPartition, sk: runId };
}

export function runPartition(runId: string): string {
  return `RUN#${runId}`;
}

export function stepKey(runId: string, step: number): Key {
  return { pk: runPartition(runId), sk: `${stepPrefix}${String(step).padStart(4, "0")}` };
}

export function pointKey(runId: string, index: number): Key {
  return { pk: runPartition(runId), sk: `${pointPrefix}${String(index).padStart(pointDigits, "0")}` };
}

/** What an item of a run's partition is, by its sort key; null when it is neither. */
export function itemKind(sk: string): { kind: "point" | "step"; number: number } | null {
  const kind = sk.startsWith(pointPrefix) ? "point" : sk.startsWith(stepPrefix) ? "step" : null;
  if (kind === null) return null;
  const number = Number(sk.slice((kind === "point" ? pointPrefix : stepPrefix).length));
  return Number.isInteger(number) ? { kind, number } : null;
}
