import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestLambda } from "../fixtures/local-lambda.ts";

let local: TestLambda;

beforeAll(async () => {
  local = await TestLambda.start({ timeoutSeconds: 5, concurrency: 4 });
});

afterAll(() => local[Symbol.asyncDispose]());

/** After each fault the function works. */
async function expectRecovered(): Promise<void> {
  expect((await local.call({ do: "echo", value: "well" })).value).toBe("well");
}

describe("what a handler throws is Unhandled", () => {
  test("an error, with type, message and the trace of the handler", async () => {
    const answer = await local.call({ do: "throw", message: "sigma must be positive" });
    expect(answer).toMatchObject({ statusCode: 200, functionError: "Unhandled" });
    expect(answer.value).toMatchObject({ errorType: "RangeError", errorMessage: "sigma must be positive" });
    expect(answer.value.trace[0]).toBe("RangeError: sigma must be positive");
    expect(answer.value.trace[1]).toMatch(/misbehaving-handler\.mjs:\d+:\d+/);
    expect(answer.log).toContain("ERROR\tInvoke Error \t");
    const { value } = await local.call({ do: "who" });
    expect(value.invocations).toBeGreaterThan(1);
  });

  test.each([
    ["a string", "plain text", "string", "plain text"],
    ["null", null, "object", "null"],
    ["a number", 3.5, "number", "3.5"],
    ["an object", { a: 1 }, "object", "[object Object]"],
  ])("%s, by its typeof", async (_what, value, errorType, errorMessage) => {
    expect((await local.call({ do: "throwValue", value })).value).toEqual({ errorType, errorMessage, trace: [] });
  });

  test("an error that can't be read", async () => {
    expect((await local.call({ do: "throwHostile" })).value.errorType).toBe("handled");
    await expectRecovered();
  });

  test("a result that can't be JSON", async () => {
    const { value, functionError, log } = await local.call({ do: "circular" });
    expect(functionError).toBe("Unhandled");
    expect(value.errorType).toBe("Runtime.JSONStringifyError");
    expect(log).toContain("circular structure");
  });

  test("a rejection that nobody handles, by the reason's own trace", async () => {
    const { value, functionError } = await local.call({ do: "rejectUnhandled" });
    expect(functionError).toBe("Unhandled");
    expect(value).toMatchObject({
      errorType: "Runtime.UnhandledPromiseRejection",
      errorMessage: "TypeError: nobody caught me",
    });
    expect(value.trace.join("\n")).toMatch(/misbehaving-handler\.mjs/);
    await expectRecovered();
  });

  test("an exception outside of the handler's promise", async () => {
    const { value } = await local.call({ do: "throwInTimer" });
    expect(value).toMatchObject({ errorType: "TypeError", errorMessage: "thrown in a timer" });
    await expectRecovered();
  });

  test("a promise that can never settle", async () => {
    const { value, functionError } = await local.call({ do: "never" });
    expect(functionError).toBe("Unhandled");
    expect(value.errorType).toBe("Runtime.NodeJsExit");
    await expectRecovered();
  });
});

describe("a process that ends", () => {
  test.each([
    [{ do: "exit", code: 3 }, "Runtime exited with error: exit status 3"],
    [{ do: "exit", code: 0 }, "Runtime exited without providing a reason"],
    [{ do: "signal", signal: "SIGKILL" }, "Runtime exited with error: signal: killed"],
    [{ do: "signal", signal: "SIGTERM" }, "Runtime exited with error: signal: terminated"],
  ])("%o is Runtime.ExitError and says how", async (event, how) => {
    const { value, functionError, requestId, log } = await local.call(event);
    expect(functionError).toBe("Unhandled");
    expect(value).toEqual({ errorType: "Runtime.ExitError", errorMessage: `RequestId: ${requestId} Error: ${how}` });
    expect(log).toContain(how);
    await expectRecovered();
  });

  test("only the invocation it worked on fails", async () => {
    const others = Array.from({ length: 3 }, () => local.call({ do: "wait", milliseconds: 500 }));
    const { value } = await local.call({ do: "exit", code: 9 });
    expect(value.errorType).toBe("Runtime.ExitError");
    for (const answer of await Promise.all(others)) expect(answer.value).toBe("waited");
  });
});

test("the timeout ends a busy loop", async () => {
  await using quick = await TestLambda.start({ timeoutSeconds: 1 });
  const { value, functionError, requestId, log } = await quick.call({ do: "loop" });
  expect(functionError).toBe("Unhandled");
  expect(value).toEqual({
    errorType: "Sandbox.Timedout",
    errorMessage: `RequestId: ${requestId} Error: Task timed out after 1.00 seconds`,
  });
  expect(log).toMatch(/Duration: 1\d{3}\.\d\d ms\t.*\tStatus: timeout/);
  expect((await quick.call({ do: "echo", value: "well" })).value).toBe("well");
});

describe("memory", () => {
  test("that typed arrays take, outside of the heap, is bounded", async () => {
    const { value, functionError, requestId, log } = await local.call({ do: "fillArrays" });
    expect(functionError).toBe("Unhandled");
    expect(value).toEqual({
      errorType: "Runtime.ExitError",
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`,
    });
    expect(log).toContain("Memory Size: 256 MB\tMax Memory Used: 256 MB");
    expect(log).toContain("Error Type: Runtime.OutOfMemory");
    await expectRecovered();
  });

  test("of the heap is bounded", async () => {
    const { value } = await local.call({ do: "fillHeap" });
    // By us at the limit, or by V8 itself just before.
    expect(value.errorType).toBe("Runtime.ExitError");
    expect(value.errorMessage).toMatch(/signal: (killed|aborted)$/);
    await expectRecovered();
  });
});

describe("a handler that can't be loaded", () => {
  const folder = mkdtempSync(join(tmpdir(), "fanopt-test-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  async function callModule(source: string, options: { handlerExport?: string; timeoutSeconds?: number } = {}) {
    const handlerFile = join(folder, "broken.mjs");
    writeFileSync(handlerFile, source);
    await using broken = await TestLambda.start({ handlerFile, ...options });
    const first = await broken.call({});
    expect(first.functionError).toBe("Unhandled");
    return first;
  }

  test("a module that throws answers the error, and the log has what it printed", async () => {
    const { value, log } = await callModule('console.log("loading"); throw new RangeError("no data file");');
    expect(value).toMatchObject({ errorType: "RangeError", errorMessage: "no data file" });
    expect(value.trace[1]).toContain("broken.mjs:1");
    expect(log).toContain("INFO\tloading");
  });

  test("a syntax error is Runtime.UserCodeSyntaxError", async () => {
    const { value } = await callModule("export const handler = (=> 1;");
    expect(value).toMatchObject({
      errorType: "Runtime.UserCodeSyntaxError",
      errorMessage: "SyntaxError: Unexpected token '=>'",
    });
  });

  test("a missing import is Runtime.ImportModuleError", async () => {
    const { value } = await callModule('import "./nowhere.mjs"; export const handler = () => 1;');
    expect(value.errorType).toBe("Runtime.ImportModuleError");
    expect(value.errorMessage).toContain("nowhere.mjs");
  });

  test("a missing export is Runtime.HandlerNotFound", async () => {
    const missing = await callModule("export const other = () => 1;");
    expect(missing.value).toMatchObject({
      errorType: "Runtime.HandlerNotFound",
      errorMessage: "broken.handler is undefined or not exported",
    });
    const wrong = await callModule("export const handler = 42;");
    expect(wrong.value.errorMessage).toBe("broken.handler is not a function");
  });

  test("process.exit while loading is Runtime.ExitError", async () => {
    const { value, requestId } = await callModule("process.exit(5);");
    expect(value.errorMessage).toBe(`RequestId: ${requestId} Error: Runtime exited with error: exit status 5`);
  });

  test("a module that awaits what never comes is Runtime.NodeJsExit", async () => {
    const { value } = await callModule("await new Promise(() => {}); export const handler = () => 1;");
    expect(value.errorType).toBe("Runtime.NodeJsExit");
  });

  test("a module that loads for ever has 10 s and the function's time", async () => {
    const { value } = await callModule(
      "await new Promise((r) => setTimeout(r, 1e9)); export const handler = () => 1;",
      {
        timeoutSeconds: 0.1,
      },
    );
    expect(value.errorType).toBe("Sandbox.Timedout");
  });

  test("each waiting invocation gets an answer, and the export is the one asked for", async () => {
    const handlerFile = join(folder, "broken-too.mjs");
    writeFileSync(handlerFile, "export const evaluate = 1;");
    await using broken = await TestLambda.start({ handlerFile, handlerExport: "evaluate", concurrency: 5 });
    const answers = await Promise.all(Array.from({ length: 5 }, () => broken.call({})));
    for (const { value } of answers) expect(value.errorMessage).toBe("broken-too.evaluate is not a function");
  });

  test("an error's name can't break the protocol", async () => {
    const source =
      'export const handler = () => { const e = new Error("m"); e.name = "Bad\\r\\nContent-Length: 0\\r\\n\\r\\nÜ"; throw e; };';
    expect((await callModule(source)).value.errorType).toBe("Bad\r\nContent-Length: 0\r\n\r\nÜ");
  });
});
