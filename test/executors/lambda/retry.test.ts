import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoff, knownNotToHaveRun } from "../../../src/executors/lambda/retry.ts";

const error = (fields: object) => Object.assign(new Error("a message"), fields);

describe("knownNotToHaveRun", () => {
  it.each<[string, unknown]>([
    ["throttled", error({ name: "TooManyRequestsException" })],
    ["throttled", error({ name: "ThrottlingException" })],
    ["throttled", error({ name: "Unknown", $metadata: { httpStatusCode: 429 } })],
    ["not-connected", error({ code: "ECONNREFUSED", syscall: "connect" })],
    ["not-connected", error({ code: "ETIMEDOUT", syscall: "connect", name: "TimeoutError" })],
    ["not-connected", error({ code: "ENOTFOUND", syscall: "getaddrinfo" })],
    ["not-connected", error({ cause: error({ code: "EAI_AGAIN", syscall: "getaddrinfo" }) })],
    [
      "not-connected",
      new AggregateError([
        error({ code: "ECONNREFUSED", syscall: "connect" }),
        error({ code: "ENETUNREACH", syscall: "connect" }),
      ]),
    ],
    [
      "not-connected",
      Object.assign(
        new Error(
          "@smithy/node-http-handler - the request socket did not establish a connection with the server within the configured timeout of 10000 ms.",
        ),
        { name: "TimeoutError" },
      ),
    ],
  ])("knows it: %s (%#)", (reason, failure) => {
    expect(knownNotToHaveRun(failure)).toBe(reason);
  });

  it.each<[string, unknown]>([
    ["a reset", error({ code: "ECONNRESET", syscall: "read" })],
    ["a broken pipe", error({ code: "EPIPE", syscall: "write" })],
    ["a route that was lost afterwards", error({ code: "EHOSTUNREACH", syscall: "read" })],
    ["a host that did not answer any more", error({ code: "ETIMEDOUT", syscall: "read", name: "TimeoutError" })],
    [
      "the SDK's limit on the whole request",
      Object.assign(
        new Error(
          "@smithy/node-http-handler - [ERROR] a request has exceeded the configured 930000 ms requestTimeout.",
        ),
        { name: "TimeoutError", code: "ETIMEDOUT" },
      ),
    ],
    ["a hang-up", error({ code: "ECONNRESET", message: "socket hang up" })],
    ["status 500", error({ name: "ServiceException", $metadata: { httpStatusCode: 500 } })],
    ["one of two", new AggregateError([error({ syscall: "connect" }), error({ syscall: "read" })])],
    ["no error", "text"],
  ])("does not know it of %s", (_what, failure) => {
    expect(knownNotToHaveRun(failure)).toBeNull();
  });
});

describe("backoff", () => {
  it("never waits less than the service asked for, nor more than 20 s beyond", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.nat(100),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, asked, random) => {
          const wait = backoff(attempt, error({ retryAfterSeconds: String(asked) }), () => random);
          expect(wait).toBeGreaterThanOrEqual(asked * 1000);
          expect(wait).toBeLessThanOrEqual(asked * 1000 + 20_000);
        },
      ),
    );
  });

  it("doubles from 100 ms", () => {
    expect([1, 2, 3, 20].map((attempt) => backoff(attempt, new Error("x"), () => 1))).toEqual([100, 200, 400, 20_000]);
  });
});
