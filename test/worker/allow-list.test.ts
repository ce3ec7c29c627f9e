import { describe, expect, it } from "vitest";
import { allowList } from "../../src/worker/allow-list.ts";

const A = "a".repeat(64);
const B = "0123456789abcdef".repeat(4);

describe("allowList", () => {
  it("allows all when there is no list", () => expect(allowList(undefined)(A)).toBeUndefined());

  it("allows those on the list alone", () => {
    const refusal = allowList(` ${A},${B.toUpperCase()}`);
    expect([refusal(A), refusal(B)]).toEqual([undefined, undefined]);
    const other = "c".repeat(64);
    expect(refusal(other)).toMatchObject({
      code: "artifact-not-allowed",
      message: expect.stringMatching(
        new RegExp(
          `${other} is not among the 2 that .*FANOPT_ALLOWED_ARTIFACTS.*allowedArtifacts of fanoptEvaluator in sst.config.ts`,
        ),
      ),
    });
  });

  it.each(["", "*", `${A},`, A.slice(1), `${A};${B}`, "undefined"])(
    "allows nothing with the list %j, and says why",
    (list) => {
      for (const hash of [A, B, list, ""])
        expect(allowList(list)(hash)).toMatchObject({
          code: "artifact-not-allowed",
          message: expect.stringMatching(/^No artifact is allowed: .* must hold SHA-256 hashes .* but has "/),
        });
    },
  );
});
