import { FanoptError, InfrastructureError, InvalidInputError, show } from "../../errors.ts";
import { holdProcess } from "../hold-process.ts";
import type { HistoryRow } from "../types.ts";
import type { Item } from "./attributes.ts";
import { maxRequests } from "./connection.ts";
import { isTransient, UnprocessedItemsError } from "./failures.ts";
import type { HistoryTable } from "./history-table.ts";
import { maxIndex } from "./keys.ts";
import { retry } from "./retry.ts";

/** DynamoDB's limit for one BatchWriteItem. */
const batchSize = 25;
/** How long a point waits for others to fill its batch. */
const lingerMs = 20;
/** Points that wait may take this much memory; enough for hours without a network, below what endangers the driver. */
const maxQueuedBytes = 256 * 1024 * 1024;

export interface PointQueueOptions {
  readonly table: HistoryTable;
  /** For messages, e.g. "run 01J…". */
  readonly run: string;
  readonly encode: (row: HistoryRow) => Item;
}

/**
 * Points on their way to the table. They are written in the background in batches, at most 8 requests at once. A passing
 * failure is retried for as long as it lasts; `flush` alone has a deadline. What could not be written stays queued, so
 * that another `flush` can try again.
 */
export class PointQueue {
  readonly #options: PointQueueOptions;
  readonly #waiting = new Map<number, HistoryRow>();
  readonly #accepted = new IndexSet();
  #waitingBytes = 0;
  #requests = 0;
  #linger: NodeJS.Timeout | null = null;
  /** A failure that repeating will not cure: background writing rests until the next flush. */
  #failure: { readonly error: unknown; readonly triedForMs: number } | null = null;
  /** Points that can never be written, and why the first of them cannot. */
  #lost = 0;
  #lossReason: unknown = null;
  /** The flushes so far, one after the other; never rejects. */
  #flushes: Promise<void> = Promise.resolve();
  #flushStartedAt: number | null = null;
  #onIdle: (() => void) | null = null;

  constructor(options: PointQueueOptions) {
    this.#options = options;
  }

  /** One more than the highest index that came. */
  get nPoints(): number {
    return this.#accepted.end;
  }

  add(rows: readonly HistoryRow[]): void {
    for (const row of rows) {
      if (!Number.isInteger(row.index) || row.index < 0 || row.index > maxIndex)
        throw new InvalidInputError(
          `A point's index must be an integer from 0 to ${maxIndex}, got ${show(row.index)}.`,
        );
      if (this.#accepted.has(row.index)) continue;
      if (this.#waitingBytes > maxQueuedBytes)
        this.#lose(new Error(`more than ${maxQueuedBytes / 2 ** 20} MB of points wait to be written`));
      else {
        this.#accepted.add(row.index);
        this.#enqueue(row);
      }
    }
    this.#pump();
  }

  /** Resolves when all points are in the table; throws when that cannot be reached. */
  flush(): Promise<void> {
    const flush = this.#flushes.then(() => holdProcess(() => this.#drain()));
    this.#flushes = flush.catch(() => {});
    return flush;
  }

  async #drain(): Promise<void> {
    this.#failure = null;
    this.#flushStartedAt = performance.now();
    this.#pump();
    while (this.#requests > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    this.#flushStartedAt = null;
    if (this.#waiting.size + this.#lost > 0) throw this.#unwritten();
  }

  #unwritten(): InfrastructureError {
    const { run, table } = this.#options;
    const unwritten = this.#waiting.size + this.#lost;
    const cause = this.#failure?.error ?? this.#lossReason;
    const explained = table.explain(cause, `write points of ${run}`, this.#failure?.triedForMs ?? 0);
    const remedy =
      this.#lost === 0 ? "another flush tries again" : `${this.#lost} of them cannot be written by trying again`;
    return new InfrastructureError(
      explained instanceof FanoptError ? explained.code : "store-failed",
      `${explained.message} ${unwritten} of ${this.nPoints} points are unwritten: they are in this process's history only; ${remedy}.`,
      { cause: explained },
    );
  }

  #pump(): void {
    const urgent = this.#flushStartedAt !== null;
    while (this.#failure === null && this.#requests < maxRequests && this.#waiting.size > 0) {
      if (this.#waiting.size < batchSize && !urgent) {
        this.#linger ??= setTimeout(() => {
          this.#linger = null;
          this.#send();
          this.#pump();
        }, lingerMs).unref();
        return;
      }
      this.#send();
    }
    if (this.#requests === 0) {
      this.#onIdle?.();
      this.#onIdle = null;
    }
  }

  #send(): void {
    if (this.#failure !== null || this.#requests >= maxRequests) return;
    const rows = this.#takeBatch();
    if (rows.size === 0) return;
    this.#requests++;
    this.#write(rows).finally(() => {
      this.#requests--;
      this.#pump();
    });
  }

  /** Never rejects. Rows that were not written are queued again. */
  async #write(rows: Map<string, { row: HistoryRow; item: Item }>): Promise<void> {
    const { table } = this.#options;
    const startedAt = performance.now();
    try {
      await retry(
        async (progressed) => {
          const left = await table.writeBatch([...rows.values()].map(({ item }) => item));
          if (left.length < rows.size) progressed();
          const leftKeys = new Set(left.map((item) => item.sk?.S));
          for (const sk of rows.keys()) if (!leftKeys.has(sk)) rows.delete(sk);
          if (rows.size > 0) throw new UnprocessedItemsError(rows.size);
        },
        {
          isTransient,
          giveUp: (failingSince) =>
            this.#flushStartedAt !== null &&
            performance.now() - Math.max(failingSince, this.#flushStartedAt) >= table.giveUpAfterMs,
          recover: () => table.recover(),
        },
      );
    } catch (error) {
      this.#failure ??= { error, triedForMs: performance.now() - startedAt };
      for (const { row } of rows.values()) this.#enqueue(row);
    }
  }

  #takeBatch(): Map<string, { row: HistoryRow; item: Item }> {
    const batch = new Map<string, { row: HistoryRow; item: Item }>();
    for (const row of this.#waiting.values()) {
      this.#waiting.delete(row.index);
      this.#waitingBytes -= approximateBytes(row);
      try {
        const item = this.#options.encode(row);
        batch.set(String(item.sk.S), { row, item });
      } catch (error) {
        this.#lose(error);
      }
      if (batch.size === batchSize) break;
    }
    return batch;
  }

  #enqueue(row: HistoryRow): void {
    this.#waiting.set(row.index, row);
    this.#waitingBytes += approximateBytes(row);
  }

  #lose(reason: unknown): void {
    this.#lost++;
    this.#lossReason ??= reason;
  }
}

/** Without info: the history holds the same object. */
function approximateBytes(row: HistoryRow): number {
  return 8 * (row.x.length + row.params.length + (row.rawFun?.length ?? 0)) + 2 * (row.error?.length ?? 0) + 500;
}

/** A set of non-negative integers, a bit each. */
class IndexSet {
  #bits = new Uint8Array(128);
  /** One more than the highest member. */
  end = 0;

  has(index: number): boolean {
    return ((this.#bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }

  add(index: number): void {
    if (index >> 3 >= this.#bits.length) {
      const grown = new Uint8Array(Math.max(2 * this.#bits.length, (index >> 3) + 1));
      grown.set(this.#bits);
      this.#bits = grown;
    }
    this.#bits[index >> 3] |= 1 << (index & 7);
    this.end = Math.max(this.end, index + 1);
  }
}
