import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TooManyRequestsException } from "@aws-sdk/client-lambda";
import { expect, test } from "vitest";
import { isRunning, TestLambda, until } from "../fixtures/local-lambda.ts";

test("more invocations in flight than the concurrency are 429 with the Reason, and only those", async () => {
  await using local = await TestLambda.start({ concurrency: 3 });
  const results = await Promise.allSettled(
    Array.from({ length: 5 }, () => local.call({ do: "wait", milliseconds: 1_500 })),
  );
  const refused = results.filter((result) => result.status === "rejected").map((result) => result.reason);
  expect(refused).toHaveLength(2);
  for (const error of refused) {
    expect(error).toBeInstanceOf(TooManyRequestsException);
    expect(error.Reason).toBe("ReservedFunctionConcurrentInvocationLimitExceeded");
    expect(error.$metadata.httpStatusCode).toBe(429);
  }
  await Promise.all(Array.from({ length: 3 }, () => local.call({ do: "echo" })));
});

test("a client that keeps to the limit is never refused, also right after an answer", async () => {
  await using local = await TestLambda.start({ concurrency: 2 });
  let next = 0;
  const values: number[] = [];
  const worker = async () => {
    while (next < 300) {
      const value = next++;
      values[value] = (await local.call({ do: "echo", value }, { LogType: "None" })).value;
    }
  };
  await Promise.all([worker(), worker()]);
  expect(values).toEqual(Array.from({ length: 300 }, (_, i) => i));
});

test("every invocation is answered with its own result, by several processes, under many at once", async () => {
  await using local = await TestLambda.start({ concurrency: 4 });
  const pids = new Set<number>();
  for (let round = 0; round < 10; round++) {
    const sizes = [10, 200_000, 3, 70_000].map((size) => size + round);
    const answers = await Promise.all(sizes.map((length) => local.call({ do: "large", length }, { LogType: "None" })));
    expect(answers.map(({ value }) => value.length)).toEqual(sizes);
  }
  const slow = [0, 1, 2, 3].map(() => local.call({ do: "whoSlowly", milliseconds: 1_000 }));
  for (const { value } of await Promise.all(slow)) pids.add(value);
  expect(pids.size).toBeGreaterThan(1);
});

test("the most recently used environment is used again, and one that ended is replaced", async () => {
  await using local = await TestLambda.start({ concurrency: 2 });
  await Promise.all([local.call({ do: "wait", milliseconds: 500 }), local.call({ do: "wait", milliseconds: 500 })]);
  const pids: number[] = [];
  for (let i = 0; i < 5; i++) pids.push((await local.call({ do: "who" })).value.pid);
  expect(new Set(pids).size).toBe(1);
  await local.call({ do: "exit", code: 1 });
  const { pid } = (await local.call({ do: "who" })).value;
  expect(pid).not.toBe(pids[0]);
});

test("an environment that was idle for long is ended, with the temporary folder that was its own", async () => {
  await using local = await TestLambda.start({ idleSeconds: 0.3 });
  const { value: folder } = await local.call({ do: "temporary" });
  expect(existsSync(folder)).toBe(true);
  const { pid } = (await local.call({ do: "who" })).value;
  await until(() => !isRunning(pid));
  await until(() => !existsSync(folder));
  const { value } = await local.call({ do: "who" });
  expect(value).toMatchObject({ invocations: 1 });
  expect(value.pid).not.toBe(pid);
});

test("what a handler started is ended with its environment", async () => {
  await using local = await TestLambda.start({ idleSeconds: 0.3 });
  const { value: child } = await local.call({ do: "spawnChild" });
  expect(isRunning(child)).toBe(true);
  await until(() => !isRunning(child));
});

test("an invocation whose client went away goes on, and counts until it has ended", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fanopt-test-"));
  const [begun, go] = [join(folder, "begun"), join(folder, "go")];
  await using local = await TestLambda.start({ concurrency: 1 });
  const { pid } = (await local.call({ do: "who" })).value;
  const abort = new AbortController();
  const abandoned = local.call({ do: "waitForFile", begun, go }, {}, abort.signal).catch((error) => error);
  await until(() => existsSync(begun));
  abort.abort();
  expect(await abandoned).toMatchObject({ name: "AbortError" });
  for (let i = 0; i < 3; i++) await expect(local.call({ do: "who" })).rejects.toBeInstanceOf(TooManyRequestsException);
  writeFileSync(go, "");
  let after: unknown;
  await until(async () => {
    after = await local.call({ do: "who" }).then(
      ({ value }) => value,
      () => undefined,
    );
    return after !== undefined;
  });
  // The same process, for the third time: the abandoned invocation was neither ended nor run twice.
  expect(after).toEqual({ pid, invocations: 3 });
  rmSync(folder, { recursive: true });
});

test("asynchronous invocations beyond the concurrency wait instead of being refused", async () => {
  await using local = await TestLambda.start({ concurrency: 1 });
  const events = Array.from({ length: 4 }, () => local.call({ do: "who" }, { InvocationType: "Event" }));
  for (const { statusCode } of await Promise.all(events)) expect(statusCode).toBe(202);
  const count = () =>
    local.call({ do: "who" }).then(
      ({ value }) => value.invocations,
      () => 0,
    );
  let last = 0;
  await until(async () => {
    last = await count();
    return last > 0;
  });
  expect(last).toBeGreaterThanOrEqual(5);
});

test("what is printed after the answer is in the next invocation's log", async () => {
  await using local = await TestLambda.start();
  await local.call({ do: "printLater" });
  await local
    .call({ do: "wait", milliseconds: 100 })
    .then(({ log }) => expect(log).toContain("printed after the answer"));
});
