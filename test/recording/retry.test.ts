import { describe, expect, it } from "vitest";
import { explain, isTransient, UnprocessedItemsError } from "../../src/recording/dynamodb/failures.ts";
import { retry } from "../../src/recording/dynamodb/retry.ts";

const named = (name: string, more: object = {}) => Object.assign(new Error("no"), { name }, more);
const always = { isTransient: () => true, giveUp: () => false };

describe("retry", () => {
  it("repeats until it succeeds, recovering before each repetition", async () => {
    const calls: string[] = [];
    const result = await retry(
      async () => {
        calls.push("attempt");
        if (calls.length < 4) throw new Error("not yet");
        return "done";
      },
      { ...always, recover: async () => void calls.push("recover") },
    );
    expect(result).toBe("done");
    expect(calls).toEqual(["attempt", "recover", "attempt", "recover", "attempt"]);
  });

  it("throws what will not pass at once, and the last error when it gives up", async () => {
    let attempts = 0;
    const attempt = async () => {
      throw new Error(`failure ${++attempts}`);
    };
    await expect(retry(attempt, { ...always, isTransient: () => false })).rejects.toThrow("failure 1");
    await expect(retry(attempt, { ...always, giveUp: () => attempts === 3 })).rejects.toThrow("failure 3");
  });

  it("counts progress as a fresh start", async () => {
    const since: number[] = [];
    let attempts = 0;
    await retry(
      async (progressed) => {
        attempts++;
        if (attempts === 3) progressed();
        if (attempts < 5) throw new Error("not yet");
      },
      {
        ...always,
        giveUp: (failingSince) => {
          since.push(failingSince);
          return false;
        },
      },
    );
    expect(since[1]).toBe(since[0]);
    expect(since[2]).toBeGreaterThan(since[1]);
    expect(since[3]).toBe(since[2]);
  });
});

describe("isTransient", () => {
  it.each([
    named("ProvisionedThroughputExceededException"),
    named("ThrottlingException"),
    named("RequestLimitExceeded"),
    named("Unknown", { $metadata: { httpStatusCode: 503 } }),
    named("Error", { code: "ECONNRESET" }),
    named("TimeoutError"),
    named("InvalidSignatureException", { $metadata: { httpStatusCode: 403, clockSkewCorrected: true } }),
    new UnprocessedItemsError(3),
    new Error("wrapped", { cause: named("Error", { code: "EPIPE" }) }),
  ])("%s passes", (error) => expect(isTransient(error)).toBe(true));

  it.each([
    named("ValidationException", { $metadata: { httpStatusCode: 400 } }),
    named("ResourceNotFoundException"),
    named("AccessDeniedException"),
    named("ExpiredTokenException"),
    new TypeError("bug"),
    "text",
  ])("%s stays", (error) => expect(isTransient(error)).toBe(false));
});

describe("explain", () => {
  const explained = (error: unknown) => explain(error, "write step 0", "DynamoDB table fanopt in eu-central-1", 61_000);
  it.each([
    [
      "ResourceNotFoundException",
      "store-no-table",
      /no such table there\. Create it: fanoptHistory\(\) of fanopt\/sst .* npx sst deploy/,
    ],
    ["AccessDeniedException", "store-access-denied", /dynamodb:PutItem, BatchWriteItem, GetItem and Query/],
    ["ExpiredTokenException", "store-credentials", /credentials are missing, wrong or expired.*aws sso login/],
    ["CredentialsProviderError", "store-credentials", /AWS_PROFILE/],
    ["ThrottlingException", "store-unavailable", /retried for 61 s without success.*ThrottlingException: no/],
    ["ValidationException", "store-failed", /ValidationException: no/],
  ])("%s becomes %s", (name, code, message) => {
    const error = explained(named(name));
    expect(error).toMatchObject({ code, cause: { name } });
    expect(error.message).toMatch(/^Could not write step 0 in DynamoDB table fanopt in eu-central-1: /);
    expect(error.message).toMatch(message);
  });
});
