import { randomUUID } from "node:crypto";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { InvalidInputError, show } from "../../errors.ts";
import { missingIndices, newestFirst, unknownRun } from "../reading.ts";
import type { HistoryRow, RunRecord, RunStore, RunWriter, StepRecord, StoredRun } from "../types.ts";
import { type Connection, connectAws } from "./connection.ts";
import { HistoryTable } from "./history-table.ts";
import { maxItemBytes } from "./item-size.ts";
import { itemKind, listingPartition, runKey, runPartition } from "./keys.ts";
import { checkPointItemFits, omittedByInfo, pointItem, readPointItem } from "./point-items.ts";
import { PointQueue } from "./point-queue.ts";
import {
  checkRunItemFits,
  isExpired,
  type RunItemExtras,
  readRunItem,
  readStepItem,
  runItem,
  stepItem,
} from "./run-items.ts";

export interface DynamoDbStoreOptions {
  readonly kind: "dynamodb";
  /**
   * Name of the table.
   * @default FANOPT_TABLE, else SST_RESOURCE_FanoptHistory (set by `sst shell`), else `table` of .sst/outputs.json
   */
  readonly table?: string;
  /** @default as everywhere in the AWS SDK: AWS_REGION, else the profile's */
  readonly region?: string;
  /** URL of another server that speaks DynamoDB's protocol, e.g. LocalStack. */
  readonly endpoint?: string;
  /** A client to use instead of one of our own; it stays yours to destroy. Excludes `region` and `endpoint`. */
  readonly client?: DynamoDBClient;
  /**
   * Days after its start at which a run may be deleted by the table's time to live (attribute `expiresAt`).
   * @default never
   */
  readonly ttlDays?: number;
  /**
   * How long a request is repeated, without any progress, before it fails, milliseconds. Points written in the background
   * are tried for longer: until a `flush` has waited that long for them.
   * @default 120_000
   */
  readonly giveUpAfterMs?: number;
}

export const defaultGiveUpAfterMs = 120_000;

const maxRunIdBytes = 512;
const dayMs = 24 * 3600 * 1000;

/** Keeps runs in a DynamoDB table on AWS, or on the server at `options.endpoint`. */
export function createDynamoDbStore(options: DynamoDbStoreOptions): RunStore {
  const named = options.table === undefined ? "DynamoDB" : `DynamoDB table ${options.table}`;
  return new DynamoDbStore(() => connectAws(options), {
    description: options.region === undefined ? named : `${named} in ${options.region}`,
    ttlDays: options.ttlDays ?? null,
    giveUpAfterMs: options.giveUpAfterMs ?? defaultGiveUpAfterMs,
  });
}

export interface DynamoDbStoreSettings {
  /** For messages before the table was opened. */
  readonly description: string;
  readonly ttlDays: number | null;
  readonly giveUpAfterMs: number;
}

/** A run store over any connection that speaks DynamoDB's protocol. */
export class DynamoDbStore implements RunStore {
  readonly #table: HistoryTable;
  readonly #settings: DynamoDbStoreSettings;

  constructor(connect: () => Promise<Connection>, settings: DynamoDbStoreSettings) {
    this.#table = new HistoryTable(connect, settings.giveUpAfterMs);
    this.#settings = settings;
  }

  get description(): string {
    return this.#table.description ?? this.#settings.description;
  }

  async createRun(run: RunRecord): Promise<RunWriter> {
    const { ttlDays } = this.#settings;
    const idBytes = Buffer.byteLength(run.runId);
    if (idBytes === 0 || idBytes > maxRunIdBytes)
      throw new InvalidInputError(`A run id takes 1 to ${maxRunIdBytes} bytes, got ${show(run.runId)}.`);
    const extras: RunItemExtras = {
      writerId: randomUUID(),
      expiresAt: ttlDays === null ? null : Math.ceil((run.createdAt + ttlDays * dayMs) / 1000),
      nPoints: null,
    };
    const item = runItem(run, extras);
    checkPointItemFits(run.paramNames.length);
    checkRunItemFits(item, run.paramNames.length);
    const isOurs = await this.#table.putUnlessOthers(item, `create run ${run.runId}`);
    if (!isOurs)
      throw new InvalidInputError(`Run ${run.runId} exists already in ${this.description}: run ids must be unique.`);
    return new DynamoDbRunWriter(this.#table, run, extras, `run ${run.runId} in ${this.description}`);
  }

  async listRuns(): Promise<RunRecord[]> {
    const runs: RunRecord[] = [];
    for await (const item of this.#table.query(listingPartition, "descending", "list the runs"))
      if (!isExpired(item, Date.now())) runs.push(readRunItem(item, this.description).run);
    return runs.sort(newestFirst);
  }

  async readRun(runId: string): Promise<StoredRun> {
    const doing = `read run ${runId}`;
    const found = runId === "" ? null : await this.#table.get(runKey(runId), doing);
    if (found === null || isExpired(found, Date.now()))
      throw unknownRun(runId, await this.listRuns(), this.description);
    const { run, nPoints } = readRunItem(found, this.description);
    const points: HistoryRow[] = [];
    const steps: StepRecord[] = [];
    const rawFunOmitted: number[] = [];
    const infoOmitted: number[] = [];
    for await (const item of this.#table.query(runPartition(runId), "ascending", doing)) {
      const kind = itemKind(String(item.sk?.S));
      if (kind?.kind === "step") steps.push(readStepItem(item, kind.number, this.description));
      if (kind?.kind !== "point") continue;
      const point = readPointItem(item, kind.number, run.paramNames.length, this.description);
      points.push(point.row);
      if (point.rawFunOmitted) rawFunOmitted.push(kind.number);
      if (point.infoOmitted) infoOmitted.push(kind.number);
    }
    const indices = points.map((point) => point.index);
    return { run, steps, points, missing: missingIndices(indices, nPoints), rawFunOmitted, infoOmitted };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#table.close();
  }
}

class DynamoDbRunWriter implements RunWriter {
  readonly location: string;
  readonly #table: HistoryTable;
  readonly #run: RunRecord;
  readonly #extras: RunItemExtras;
  readonly #points: PointQueue;
  #warned = false;

  constructor(table: HistoryTable, run: RunRecord, extras: RunItemExtras, location: string) {
    this.location = location;
    this.#table = table;
    this.#run = run;
    this.#extras = extras;
    const encode = (row: HistoryRow) => {
      const item = pointItem(run.runId, row, extras.expiresAt);
      const omitted = omittedByInfo(item);
      if (omitted !== null) this.#warnOfLargeInfo(row.index, omitted);
      return item;
    };
    this.#points = new PointQueue({ table, run: `run ${run.runId}`, encode });
  }

  /** Once a run, while it can still be kept elsewhere. */
  #warnOfLargeInfo(index: number, omitted: "info" | "rawFun"): void {
    if (this.#warned) return;
    this.#warned = true;
    const large = `The info of point ${index} is too large for ${this.location}, whose items hold ${maxItemBytes / 1024} kB each`;
    process.emitWarning(
      `${large}: ${omitted === "info" ? "it is" : "it leaves no room for rawFun, which is"} in result.history alone. ` +
        "Return less info, or write it elsewhere and return where it is. There is no further warning in this run.",
      "FanoptWarning",
    );
  }

  async putStep(step: StepRecord): Promise<void> {
    const { runId } = this.#run;
    await this.#table.put(stepItem(runId, step, this.#extras.expiresAt), `write step ${step.step} of run ${runId}`);
  }

  addPoints(rows: readonly HistoryRow[]): void {
    this.#points.add(rows);
  }

  async flush(): Promise<void> {
    await this.#points.flush();
  }

  async finish(...[status, summary]: Parameters<RunWriter["finish"]>): Promise<void> {
    await this.flush();
    const ended: RunRecord = { ...this.#run, status, summary, endedAt: Date.now() };
    const item = runItem(ended, { ...this.#extras, nPoints: this.#points.nPoints });
    await this.#table.put(item, `write the end of run ${this.#run.runId}`);
  }
}
