import { InvalidInputError } from "../../errors.ts";
import type { HistoryRow, Task } from "../types.ts";
import { compact, decimalValue, float64Value, type Item, ItemReader, textValue } from "./attributes.ts";
import { infoAttributes, readInfo } from "./info-attributes.ts";
import { itemBytes, maxItemBytes } from "./item-size.ts";
import { pointKey, ttlAttribute } from "./keys.ts";
import { readUsage, usageValue } from "./usage-map.ts";

const tasks: readonly Task[] = ["fun", "jac", "fun-and-jac", "exploration"];

/** Room that is kept free beside x and params for keys, names of attributes, times, worker and an error's first lines. */
const overheadBytes = 4 * 1024;
/** Room for the flags that say what is left out. */
const flagsBytes = 64;

/**
 * The item of one point: x, params, fun and rawFun as float64 bytes, times as decimals, info as JSON with binary data beside it. Where
 * everything together is above DynamoDB's limit, the error is cut, and info, then rawFun, is left out and flagged if there is no room for it.
 */
export function pointItem(runId: string, row: HistoryRow, expiresAt: number | null): Item {
  const { pk, sk } = pointKey(runId, row.index);
  const item = compact({
    pk: { S: pk },
    sk: { S: sk },
    step: { N: String(row.step) },
    batch: { N: String(row.batch) },
    task: { S: row.task },
    x: float64Value(row.x),
    params: float64Value(row.params),
    fun: float64Value([row.fun]),
    // Most runs have no nonlinear constraints: their items are not to grow by it.
    violation: row.violation === 0 ? undefined : float64Value([row.violation]),
    startedAt: decimalValue(row.startedAt),
    stoppedAt: decimalValue(row.stoppedAt),
    workerDuration: decimalValue(row.workerDuration),
    worker: textValue(cut(row.worker, 1024)),
    usage: usageValue(row.usage),
    [ttlAttribute]: decimalValue(expiresAt),
  });
  const room = maxItemBytes - itemBytes(item);
  if (room < 1024) throw tooLarge(row.params.length, itemBytes(item));
  const error = row.error === null ? null : cut(row.error, room - 64);
  if (error !== null) item.error = textValue(error);
  if (row.info !== null) addIfThereIsRoom(item, infoAttributes(row.info), "infoOmitted");
  if (row.rawFun !== null) addIfThereIsRoom(item, { rawFun: float64Value(row.rawFun) }, "rawFunOmitted");
  return item;
}

/** What a point's info was too large for: the item; or the item's rest, which the residuals or contributions are left out of; null: neither. */
export function omittedByInfo(item: Item): "info" | "rawFun" | null {
  if (item.infoOmitted !== undefined) return "info";
  return item.info !== undefined && item.rawFunOmitted !== undefined ? "rawFun" : null;
}

/** Adds attributes, or else the flag that says that they are left out: there is always room for that. */
function addIfThereIsRoom(item: Item, attributes: Item, flag: string): void {
  const bytes = itemBytes(item) + itemBytes(attributes) + flagsBytes;
  Object.assign(item, bytes <= maxItemBytes ? attributes : { [flag]: { BOOL: true } });
}

/** @param nParams number of the run's external parameters */
export function readPointItem(
  item: Item,
  index: number,
  nParams: number,
  table: string,
): { row: HistoryRow; rawFunOmitted: boolean; infoOmitted: boolean } {
  const read = new ItemReader(item, `item ${item.pk?.S} / ${item.sk?.S} of ${table}`);
  const row: HistoryRow = {
    index,
    step: read.number("step"),
    batch: read.number("batch"),
    task: read.oneOf("task", tasks),
    x: read.floats("x"),
    params: read.floats("params", nParams),
    fun: read.floats("fun", 1)[0],
    violation: read.optionalFloats("violation")?.[0] ?? 0,
    rawFun: read.optionalFloats("rawFun"),
    startedAt: read.optionalNumber("startedAt") ?? Number.NaN,
    stoppedAt: read.optionalNumber("stoppedAt") ?? Number.NaN,
    workerDuration: read.optionalNumber("workerDuration") ?? Number.NaN,
    worker: read.text("worker"),
    error: read.optionalText("error"),
    info: readInfo(read),
    usage: readUsage(read.optionalMap("usage")),
  };
  return { row, rawFunOmitted: read.flag("rawFunOmitted"), infoOmitted: read.flag("infoOmitted") };
}

/** Throws InvalidInputError when a point with so many parameters, all of them free, cannot fit into one item. */
export function checkPointItemFits(nParams: number): void {
  const bytes = 2 * 8 * nParams + overheadBytes;
  if (bytes > maxItemBytes) throw tooLarge(nParams, bytes);
}

function tooLarge(nParams: number, bytes: number): InvalidInputError {
  return new InvalidInputError(
    `A point with ${nParams} parameters does not fit into a DynamoDB item: it takes ${bytes} bytes, the limit is ${maxItemBytes} (about ${Math.floor((maxItemBytes - overheadBytes) / 16)} parameters). Use store: "memory", or fewer parameters.`,
  );
}

/** At most `maxBytes` bytes of UTF-8, with a note at the end when something was cut. */
function cut(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const note = "… (the rest was cut to fit the store)";
  const kept = Buffer.from(text).subarray(0, maxBytes - Buffer.byteLength(note));
  // A character cut in its middle decodes to U+FFFD.
  return kept.toString().replace(/\uFFFD+$/, "") + note;
}
