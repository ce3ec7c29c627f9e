import { describe, expect, it } from "vitest";
import { Limiter } from "../../../src/executors/lambda/limiter.ts";

const tick = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

describe("Limiter", () => {
  it("lets so many run and no more, first come first served", async () => {
    const limiter = new Limiter(2);
    const started: number[] = [];
    const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
    const all = gates.map(({ promise }, i) =>
      limiter.run(() => {
        started.push(i);
        return promise;
      }),
    );
    await tick();
    expect(started).toEqual([0, 1]);
    gates[1].resolve();
    await tick();
    expect(started).toEqual([0, 1, 2]);
    gates[2].reject(new Error("failed"));
    await expect(all[2]).rejects.toThrow("failed");
    await tick();
    expect(started).toEqual([0, 1, 2, 3]);
    for (const gate of gates) gate.resolve();
    await Promise.allSettled(all);
    expect(started).toEqual([0, 1, 2, 3, 4]);
    await tick();
    expect(await limiter.run(async () => "free again")).toBe("free again");
  });

  it("starts nothing that was dropped when the task before was known to have failed", async () => {
    const limiter = new Limiter(1);
    const drop = new AbortController();
    const first = limiter.run(() => Promise.reject(new Error("failed")));
    first.catch(() => drop.abort("because of the first"));
    let started = false;
    const second = limiter.run(
      async () => {
        started = true;
      },
      { cancelQueued: drop.signal },
    );
    await expect(second).rejects.toMatchObject({ name: "AbortError", cause: "because of the first" });
    expect(started).toBe(false);
    await tick();
    expect(await limiter.run(async () => 3)).toBe(3);
  });

  it("forgets what is aborted while it waits, and begins nothing that was aborted before", async () => {
    const limiter = new Limiter(1);
    const gate = Promise.withResolvers<void>();
    const running = limiter.run(() => gate.promise);
    const abort = new AbortController();
    const waiting = limiter.run(async () => 1, { signal: abort.signal });
    abort.abort("enough");
    await expect(waiting).rejects.toMatchObject({ name: "AbortError", cause: "enough" });
    await expect(limiter.run(async () => 1, { signal: abort.signal })).rejects.toMatchObject({ cause: "enough" });
    gate.resolve();
    await running;
    expect(await limiter.run(async () => 2)).toBe(2);
  });
});
