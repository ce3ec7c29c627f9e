/** What Lambda bills for an invocation, as the end of its log tells it. */

export interface Bill {
  /** Milliseconds that are billed: of the invocation, and of the start of the environment that came with it. */
  readonly billedMs: number;
  /** The function's memory, in MB of 1024 × 1024 bytes. */
  readonly memoryMB: number;
  /** Milliseconds that the start of the environment took; null when it was running already. */
  readonly initMs: number | null;
  /** The most that the environment ever used; null when the log does not say. */
  readonly maxMemoryUsedMB: number | null;
}

/**
 * The bill in the log that an invocation brings back (its last 4 kB), in Lambda's text or JSON format; null where it holds none: the log was
 * cut, or the function's system log level hides it. What the criterion prints may look like it: the platform writes last.
 *
 * Source: AWS Lambda Developer Guide, "Working with Lambda function logs" (REPORT line) and "Lambda Telemetry API Event schema reference"
 * (platform.report).
 */
export function billOf(logTail: string): Bill | null {
  const lines = logTail.split("\n");
  for (let i = lines.length - 1; i >= 0; i--) {
    const bill = billOfText(lines, i) ?? billOfJson(lines[i]);
    if (bill !== null) return bill;
  }
  return null;
}

/** A REPORT line counts when the END of the same request is before it. */
function billOfText(lines: readonly string[], at: number): Bill | null {
  const requestId = /^REPORT RequestId: (\S+)\s/.exec(lines[at])?.[1];
  if (requestId === undefined) return null;
  const end = `END RequestId: ${requestId}`;
  if (!lines.slice(0, at).some((line) => line.trimEnd() === end)) return null;
  const fields = fieldsOf(lines[at]);
  return checkedBill(
    fields.get("Billed Duration"),
    fields.get("Memory Size"),
    fields.get("Init Duration"),
    fields.get("Max Memory Used"),
  );
}

/** Tabs set the fields apart; what was copied on the way may have spaces. */
const FIELD = /(Billed Duration|Memory Size|Init Duration|Max Memory Used): (\d+(?:\.\d+)?) (?:ms|MB)(?=\s|$)/g;

function fieldsOf(line: string): Map<string, number> {
  return new Map(Array.from(line.matchAll(FIELD), ([, name, value]) => [name, Number(value)]));
}

function billOfJson(line: string): Bill | null {
  if (!line.includes("platform.report")) return null;
  try {
    const event = JSON.parse(line) as { type?: unknown; record?: { metrics?: Record<string, unknown> } } | null;
    const metrics = event?.record?.metrics;
    if (event?.type !== "platform.report" || metrics === undefined || metrics === null) return null;
    return checkedBill(metrics.billedDurationMs, metrics.memorySizeMB, metrics.initDurationMs, metrics.maxMemoryUsedMB);
  } catch {
    return null;
  }
}

function checkedBill(billedMs: unknown, memoryMB: unknown, initMs: unknown, maxMemoryUsedMB: unknown): Bill | null {
  if (!isAmount(billedMs) || !isAmount(memoryMB)) return null;
  return {
    billedMs,
    memoryMB,
    initMs: isAmount(initMs) ? initMs : null,
    maxMemoryUsedMB: isAmount(maxMemoryUsedMB) ? maxMemoryUsedMB : null,
  };
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
