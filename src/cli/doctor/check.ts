/** What one check found out. */
export interface Finding {
  /** "skipped": it could not be looked at, or there is nothing to look at; no failure. */
  readonly status: "passed" | "failed" | "skipped";
  /** What was found; further lines may follow the first. */
  readonly detail: string;
  /** What to do about it: always with a failure, and as advice with the others. */
  readonly remedy?: string;
}

/** Where the doctor looks. What to do about a failure depends on it. */
export type Place = "AWS" | "this machine";

/** One thing that the doctor looks at. */
export interface Check<Context> {
  readonly name: string;
  /** Names of checks before it: where one of them failed, this one says nothing new and is skipped. */
  readonly needs: readonly string[];
  /** Looks. What it throws is a failure too. Must end soon after the signal aborts. */
  run(context: Context, signal: AbortSignal): Finding | Promise<Finding>;
}

export interface CheckResult extends Finding {
  readonly name: string;
}

export function passed(detail: string, ...advice: readonly string[]): Finding {
  return advice.length === 0 ? { status: "passed", detail } : { status: "passed", detail, remedy: advice.join("\n") };
}

export function failed(detail: string, remedy: string): Finding {
  return { status: "failed", detail, remedy };
}

export function skipped(detail: string, remedy?: string): Finding {
  return remedy === undefined ? { status: "skipped", detail } : { status: "skipped", detail, remedy };
}
