import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { exitError, timedOutError } from "../../../../src/executors/lambda/local/environment-errors.ts";
import {
  describeError,
  describeImportError,
  describeRejection,
} from "../../../../src/executors/lambda/local/function-error.ts";

test("an error of another realm is told like our own", () => {
  const error = describeError(runInNewContext('new RangeError("elsewhere")'));
  expect(error).toMatchObject({ errorType: "RangeError", errorMessage: "elsewhere" });
  expect(error.trace?.[0]).toBe("RangeError: elsewhere");
});

test.each([
  [undefined, "undefined", "undefined"],
  [7n, "bigint", "7"],
  [Symbol("s"), "symbol", "Symbol(s)"],
  [
    Object.create(null),
    "handled",
    "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack",
  ],
])("%s is told by its type", (thrown, errorType, errorMessage) => {
  expect(describeError(thrown)).toEqual({ errorType, errorMessage, trace: [] });
});

test("an error without a stack has an empty trace", () => {
  const error = new Error("m");
  delete error.stack;
  expect(describeError(error)).toEqual({ errorType: "Error", errorMessage: "m", trace: [] });
});

test("a rejection keeps the trace of its reason", () => {
  const reason = new TypeError("why");
  const { trace, ...rest } = describeRejection(reason);
  expect(rest).toEqual({ errorType: "Runtime.UnhandledPromiseRejection", errorMessage: "TypeError: why" });
  expect(trace?.slice(1)).toEqual(reason.stack?.split("\n"));
  expect(describeRejection("text")).toMatchObject({ errorMessage: "text" });
});

test("what keeps a module from loading has AWS's names", () => {
  const missing = Object.assign(new Error("Cannot find module"), { code: "ERR_MODULE_NOT_FOUND" });
  expect(describeImportError(missing)).toMatchObject({
    name: "Runtime.ImportModuleError",
    message: "Error: Cannot find module",
  });
  expect(describeImportError(new SyntaxError("x"))).toMatchObject({
    name: "Runtime.UserCodeSyntaxError",
    message: "SyntaxError: x",
  });
  const own = new RangeError("own");
  expect(describeImportError(own)).toBe(own);
  expect(describeImportError(undefined)).toBeUndefined();
});

test("the end of a process is worded as on AWS", () => {
  const message = (end: Parameters<typeof exitError>[1]) => exitError("id", end).errorMessage;
  expect(message({ code: 1, signal: null })).toBe("RequestId: id Error: Runtime exited with error: exit status 1");
  expect(message({ code: 0, signal: null })).toBe("RequestId: id Error: Runtime exited without providing a reason");
  expect(message({ code: null, signal: "SIGSEGV" })).toBe(
    "RequestId: id Error: Runtime exited with error: signal: segmentation fault",
  );
  expect(exitError("id", { code: null, signal: null, problem: new Error("spawn node ENOENT") })).toEqual({
    errorType: "Runtime.InvalidEntrypoint",
    errorMessage: "RequestId: id Error: spawn node ENOENT",
  });
  expect(timedOutError("id", 2.5).errorMessage).toBe("RequestId: id Error: Task timed out after 2.50 seconds");
});
