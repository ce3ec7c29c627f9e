import { describe, expect, test } from "vitest";
import { openThreadPool } from "../../../src/executors/threads/thread-pool.ts";
import { fixture } from "./fixtures/pools.ts";
import { describePool } from "./pool-cases.ts";

describePool("threads");

describe("memory", () => {
  test("of a request is taken over, and shared memory is not copied", async () => {
    const pool = await openThreadPool({ nWorkers: 1 }, fixture("./shared-memory.ts"));
    try {
      const shared = new Uint8Array(new SharedArrayBuffer(4));
      const args = new Uint8Array([1, 2, 3]);
      const request = { content: { hash: "0".repeat(64), bytes: shared }, args, sliceMs: 1000 };
      await pool.run(request, new AbortController().signal, () => {});
      expect(pool.sharesMemory).toBe(true);
      expect([...shared]).toEqual([1, 2, 3, 0]);
      expect(args.byteLength).toBe(0);
    } finally {
      await pool.close();
    }
  });
});
