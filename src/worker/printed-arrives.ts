import { Writable } from "node:stream";

/**
 * Waits until what this thread has printed is with the driver's thread, which writes it: that might end as soon as it has the answer. A process
 * writes by itself.
 */
export async function printedArrives(): Promise<void> {
  // A criterion may have put something else in place of `write`.
  for (const stream of [process.stdout, process.stderr])
    if (stream.writableLength > 0)
      await new Promise<void>((resolve) => Writable.prototype.write.call(stream, "", "utf8", () => resolve()));
}
