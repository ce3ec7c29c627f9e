/** What a task took of an executor besides its evaluation. Parts of it are told as they are known, and add up. */
export interface Usage {
  /** Messages to workers that ran, or may have run. A task that shares one with others is told of it when it is the first of them. */
  readonly invocations: number;
  /** Workers that were started for it. */
  readonly coldStarts: number;
  /** Sent again after being refused because of too many at the same time. It had not run. */
  readonly throttles: number;
  /** Sent again because no connection was made, the function was not ready, or it was signed by a wrong clock. It had not run. */
  readonly reconnects: number;
  /** Evaluated again although it may have been: the answer was lost, the worker died, or an invocation with others failed. */
  readonly duplicates: number;
  /** Second invocations at the same time, because the first took much longer than others. */
  readonly hedges: number;
  /** Milliseconds that the service bills. */
  readonly billedMs: number;
  /** Billed time × memory, in gigabyte-seconds. */
  readonly gigabyteSeconds: number;
  /** US dollars by the executor's price table; 0 where nothing is charged. */
  readonly cost: number;
}

/** Nothing taken. */
export const noUsage: Usage = {
  invocations: 0,
  coldStarts: 0,
  throttles: 0,
  reconnects: 0,
  duplicates: 0,
  hedges: 0,
  billedMs: 0,
  gigabyteSeconds: 0,
  cost: 0,
};

/** Both together. */
export function addUsage(a: Usage, b: Partial<Usage>): Usage {
  const sum: { -readonly [K in keyof Usage]: number } = { ...a };
  for (const key of Object.keys(b) as (keyof Usage)[]) sum[key] += b[key] ?? 0;
  return sum;
}
