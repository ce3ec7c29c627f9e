import { InfrastructureError, InvalidInputError } from "../../errors.ts";
import type { RunRecord, RunStatus, RunSummary, StepRecord, StepStatus } from "../types.ts";
import { compact, decimalValue, float64Value, type Item, ItemReader, textValue } from "./attributes.ts";
import { itemBytes, maxItemBytes } from "./item-size.ts";
import { runKey, stepKey, ttlAttribute } from "./keys.ts";
import { readUsage, usageValue } from "./usage-map.ts";

/** Layout of the items. Raised when an older fanopt could no longer read them. */
const format = 1;

const statuses: readonly RunStatus[] = ["running", "complete", "failed", "aborted"];
const stepStatuses: readonly StepStatus[] = ["scheduled", "running", "complete", "skipped", "failed"];

/** What the run item holds besides the record. */
export interface RunItemExtras {
  /** Random, one a writer: tells a repeated request to create the run from a second run with the same id. */
  readonly writerId: string;
  /** Seconds since the Unix epoch; null without time to live. */
  readonly expiresAt: number | null;
  /** How many points were written; null while the run is running. */
  readonly nPoints: number | null;
}

export function runItem(run: RunRecord, extras: RunItemExtras): Item {
  const { pk, sk } = runKey(run.runId);
  return compact({
    pk: { S: pk },
    sk: { S: sk },
    format: { N: String(format) },
    version: textValue(run.version),
    writerId: { S: extras.writerId },
    runName: textValue(run.runName),
    status: { S: run.status },
    direction: { S: run.direction },
    algorithm: textValue(run.algorithm),
    algorithmOptions: { S: JSON.stringify(run.algorithmOptions, writeNumber) },
    createdAt: decimalValue(run.createdAt),
    endedAt: decimalValue(run.endedAt),
    // JSON, as names may hold any character, unpaired surrogates included.
    paramNames: { S: JSON.stringify(run.paramNames) },
    startParams: float64Value(run.startParams),
    summary: run.summary === null ? undefined : { M: summaryMap(run.summary) },
    nPoints: decimalValue(extras.nPoints),
    [ttlAttribute]: decimalValue(extras.expiresAt),
  });
}

export function readRunItem(item: Item, table: string): { run: RunRecord; nPoints: number | null } {
  const read = new ItemReader(item, `item ${item.pk?.S} / ${item.sk?.S} of ${table}`);
  const version = read.text("version");
  if (read.number("format") > format)
    throw new InfrastructureError(
      "store-newer",
      `Run ${item.sk?.S} in ${table} was written by fanopt ${version} in a layout that this version does not know. Update fanopt.`,
    );
  const paramNames = read.json("paramNames") as string[];
  const summary = read.optionalMap("summary");
  const run: RunRecord = {
    runId: read.text("sk"),
    runName: read.text("runName"),
    status: read.oneOf("status", statuses),
    direction: read.oneOf("direction", ["minimize", "maximize"]),
    algorithm: read.text("algorithm"),
    algorithmOptions: JSON.parse(read.text("algorithmOptions"), readNumber) as Record<string, unknown>,
    createdAt: read.number("createdAt"),
    endedAt: read.optionalNumber("endedAt"),
    paramNames,
    startParams: read.floats("startParams", paramNames.length),
    version,
    summary: summary === null ? null : readSummary(summary, paramNames.length),
  };
  return { run, nPoints: read.optionalNumber("nPoints") };
}

/** Time to live has passed: DynamoDB deletes within days, item by item, so what is left may be a part only. */
export function isExpired(item: Item, now: number): boolean {
  return Number(item[ttlAttribute]?.N ?? Number.POSITIVE_INFINITY) * 1000 <= now;
}

/** Throws InvalidInputError when the run's item could not take the names, start and result of so many parameters. */
export function checkRunItemFits(item: Item, nParams: number): void {
  const reserveForSummary = 8 * nParams + 8 * 1024;
  const bytes = itemBytes(item) + reserveForSummary;
  if (bytes > maxItemBytes)
    throw new InvalidInputError(
      `A run with ${nParams} parameters does not fit into a DynamoDB item: names, start, options and result take ${bytes} bytes, the limit is ${maxItemBytes}. Use store: "memory", or fewer parameters.`,
    );
}

export function stepItem(runId: string, step: StepRecord, expiresAt: number | null): Item {
  const { pk, sk } = stepKey(runId, step.step);
  return compact({
    pk: { S: pk },
    sk: { S: sk },
    kind: { S: step.kind },
    name: textValue(step.name),
    status: { S: step.status },
    startedAt: decimalValue(step.startedAt),
    endedAt: decimalValue(step.endedAt),
    [ttlAttribute]: decimalValue(expiresAt),
  });
}

export function readStepItem(item: Item, step: number, table: string): StepRecord {
  const read = new ItemReader(item, `item ${item.pk?.S} / ${item.sk?.S} of ${table}`);
  return {
    step,
    kind: read.oneOf("kind", ["optimization", "exploration"]),
    name: read.text("name"),
    status: read.oneOf("status", stepStatuses),
    startedAt: read.optionalNumber("startedAt"),
    endedAt: read.optionalNumber("endedAt"),
  };
}

function summaryMap(summary: RunSummary): Item {
  return compact({
    success: { BOOL: summary.success },
    message: textValue(summary.message),
    fun: float64Value([summary.fun]),
    params: float64Value(summary.params),
    nFunEvals: { N: String(summary.nFunEvals) },
    nBatches: { N: String(summary.nBatches) },
    usage: usageValue(summary.usage),
  });
}

function readSummary(read: ItemReader, nParams: number): RunSummary {
  return {
    success: read.flag("success"),
    message: read.text("message"),
    fun: read.floats("fun", 1)[0],
    params: read.floats("params", nParams),
    nFunEvals: read.number("nFunEvals"),
    nBatches: read.number("nBatches"),
    usage: readUsage(read.optionalMap("usage")),
  };
}

/** JSON has no NaN, infinities nor −0; options such as `maxIterations: Infinity` have. */
function writeNumber(_key: string, value: unknown): unknown {
  if (typeof value !== "number" || (Number.isFinite(value) && !Object.is(value, -0))) return value;
  return { $number: Object.is(value, -0) ? "-0" : String(value) };
}

function readNumber(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("$number" in value)) return value;
  return Number(value.$number);
}
