import { closeSync, fstatSync, ftruncateSync, openSync, readSync, unlinkSync } from "node:fs";

/** Bytes of log that `X-Amz-Log-Type: Tail` brings back. */
const LOG_TAIL_BYTES = 4_096;
/** An environment's log is cut when it has grown so long within one invocation. */
const MAX_LOG_BYTES = 64 * 1024 * 1024;

/**
 * What an environment prints. Standard output and error of its process are appended to a file: writes to a file are synchronous, so when
 * a response or the process's end is seen, all that was printed before is here, in order.
 */
export class ExecutionLog {
  /** To be the process's file descriptors 1 and 2. */
  readonly fd: number;
  /** Bytes printed before the first invocation began. */
  #initBytes = 0;
  #open = true;

  constructor(file: string) {
    this.fd = openSync(file, "a+", 0o600);
    // Without a name it goes away with the processes that hold it, whatever happens to us. Windows can't.
    if (process.platform !== "win32") unlinkSync(file);
  }

  markInitialized(): void {
    this.#initBytes = fstatSync(this.fd).size;
  }

  /** The end of what an invocation has printed, between its platform lines; what a cold start has printed goes before `start`. */
  tail(start: string, end: string): Buffer {
    const size = fstatSync(this.fd).size;
    const from = Math.max(0, size - LOG_TAIL_BYTES);
    const printed = Buffer.allocUnsafe(size - from);
    const read = size === 0 ? 0 : readSync(this.fd, printed, 0, printed.length, from);
    const init = Math.min(Math.max(0, this.#initBytes - from), read);
    return lastBytes(
      Buffer.concat([printed.subarray(0, init), Buffer.from(start), printed.subarray(init, read), Buffer.from(end)]),
      LOG_TAIL_BYTES,
    );
  }

  /** Makes room for the next invocation. */
  clear(): void {
    if (fstatSync(this.fd).size > 0) ftruncateSync(this.fd);
    this.#initBytes = 0;
  }

  /** Keeps an invocation that prints without end from filling the disk. */
  bound(): void {
    if (this.#open && fstatSync(this.fd).size > MAX_LOG_BYTES) this.clear();
  }

  close(): void {
    if (this.#open) closeSync(this.fd);
    this.#open = false;
  }
}

/** At most `count` bytes from the end, not beginning within a UTF-8 character. */
function lastBytes(text: Buffer, count: number): Buffer {
  let from = Math.max(0, text.length - count);
  while (from > 0 && from < text.length && (text[from] & 0xc0) === 0x80) from++;
  return text.subarray(from);
}

/** What the REPORT line of an invocation tells. */
interface InvocationReport {
  readonly requestId: string;
  readonly durationMs: number;
  /** Of a cold start only. */
  readonly initMs?: number | undefined;
  readonly memoryMB: number;
  readonly maxMemoryUsedMB: number;
  readonly status?: "timeout" | "error" | undefined;
  readonly errorType?: string | undefined;
}

export function startLine(requestId: string): string {
  return `START RequestId: ${requestId} Version: $LATEST\n`;
}

/** END and REPORT as CloudWatch shows them. The time of a cold start is billed, as on AWS since August 2025. */
export function endLines(report: InvocationReport): string {
  const { requestId, durationMs, initMs, memoryMB, maxMemoryUsedMB, status, errorType } = report;
  const fields = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(durationMs + (initMs ?? 0))} ms`,
    `Memory Size: ${memoryMB} MB`,
    `Max Memory Used: ${Math.min(maxMemoryUsedMB, memoryMB)} MB`,
  ];
  if (initMs !== undefined) fields.push(`Init Duration: ${initMs.toFixed(2)} ms`);
  if (status !== undefined) fields.push(`Status: ${status}`);
  if (errorType !== undefined) fields.push(`Error Type: ${errorType}`);
  return `END RequestId: ${requestId}\n${fields.join("\t")}\n`;
}
