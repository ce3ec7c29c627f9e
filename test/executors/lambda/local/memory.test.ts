import { expect, test } from "vitest";
import { peakMemoryMB, residentMemory } from "../../../../src/executors/lambda/local/memory.ts";

test("on Linux the peak does not go down, and agrees with getrusage", () => {
  const block = Buffer.alloc(64 * 1024 * 1024, 1);
  const peak = peakMemoryMB(process.pid);
  expect(peak === undefined).toBe(process.platform !== "linux");
  if (peak === undefined) return;
  expect(peak).toBeGreaterThan(block.length / 2 ** 20);
  // maxrss may be the parent's from before exec: never less than our own.
  expect(peak).toBeLessThanOrEqual(Math.ceil(process.resourceUsage().maxRSS / 1024) + 1);
  expect(peakMemoryMB(process.pid)).toBeGreaterThanOrEqual(peak);
});

test("a process that is gone has none", () => {
  expect(peakMemoryMB(2 ** 22 + 1)).toBeUndefined();
});

test("ps tells the memory of those that are there", async () => {
  const [pid, megabytes] = await new Promise<[number, number]>((resolve) => {
    residentMemory([process.pid, 2 ** 22 + 1], (...found) => resolve(found));
  });
  expect(pid).toBe(process.pid);
  expect(megabytes).toBeGreaterThan(10);
});
