import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkPrices, costOf, gigabyteSeconds, lambdaPrices } from "../../../src/executors/lambda/prices.ts";

describe("costOf", () => {
  it("agrees with a bill made by hand", () => {
    // 3 million requests of 120 ms at 1536 MB on x86: 3e6 × 0.12 s × 1.5 GB = 540,000 GB-s, × $0.0000166667 = $9.000018; + 3 × $0.20.
    expect(gigabyteSeconds(3e6 * 120, 1536)).toBeCloseTo(540_000, 6);
    expect(costOf(3e6 * 120, 1536, "x86_64", 3e6, lambdaPrices)).toBeCloseTo(9.600018, 9);
    // 1000 points of 15 minutes with 10 GB on arm: 900 s × 10 × 1000 = 9e6 GB-s, × $0.0000133334 = $120.0006; + $0.0002.
    expect(costOf(9e8, 10_240, "arm64", 1000, lambdaPrices)).toBeCloseTo(120.0008, 9);
  });

  it("agrees with AWS's prices a millisecond, which are rounded to ten decimals", () => {
    // aws.amazon.com/lambda/pricing, x86: 128 MB $0.0000000021, 1024 MB $0.0000000167, 10240 MB $0.0000001667.
    expect(costOf(1, 128, "x86_64", 0, lambdaPrices)).toBeCloseTo(0.0000000021, 10);
    expect(costOf(1, 1024, "x86_64", 0, lambdaPrices)).toBeCloseTo(0.0000000167, 10);
    expect(costOf(1, 10_240, "x86_64", 0, lambdaPrices)).toBeCloseTo(0.0000001667, 10);
    // arm: 1024 MB $0.0000000133.
    expect(costOf(1, 1024, "arm64", 0, lambdaPrices)).toBeCloseTo(0.0000000133, 10);
  });

  it("adds up: the cost of parts is the cost of the whole", () => {
    const part = fc.record({ ms: fc.nat(900_000), requests: fc.nat(10) });
    fc.assert(
      fc.property(fc.array(part), fc.integer({ min: 128, max: 10_240 }), (parts, memory) => {
        const whole = (key: "ms" | "requests") => parts.reduce((sum, each) => sum + each[key], 0);
        const apart = parts.reduce(
          (sum, { ms, requests }) => sum + costOf(ms, memory, "arm64", requests, lambdaPrices),
          0,
        );
        expect(apart).toBeCloseTo(costOf(whole("ms"), memory, "arm64", whole("requests"), lambdaPrices), 9);
      }),
    );
  });
});

describe("checkPrices", () => {
  it("takes a whole table, also one where nothing is charged", () => {
    expect(() => checkPrices(lambdaPrices, "here")).not.toThrow();
    expect(() =>
      checkPrices({ asOf: "2030-01", perRequest: 0, perGigabyteSecond: { arm64: 0, x86_64: 0 } }, "here"),
    ).not.toThrow();
  });

  it.each<[unknown, string]>([
    [null, "here: prices must be an object with asOf, perRequest, perGigabyteSecond, received null."],
    [3, "here: prices must be an object"],
    [[], "here: prices must be an object"],
    [{ ...lambdaPrices, perRequests: 1 }, "here: prices: unknown option perRequests. Did you mean perRequest?"],
    [{ ...lambdaPrices, asOf: 2026 }, 'here: prices.asOf must be a date such as "2026-03-01", received 2026.'],
    [
      { ...lambdaPrices, perRequest: -1 },
      "here: prices.perRequest must be US dollars, finite and not negative, received -1.",
    ],
    [
      { ...lambdaPrices, perRequest: Number.NaN },
      "prices.perRequest must be US dollars, finite and not negative, received NaN.",
    ],
    [{ asOf: "2026" }, "prices.perRequest must be US dollars, finite and not negative, received undefined."],
    [
      { ...lambdaPrices, perGigabyteSecond: 1e-5 },
      "prices.perGigabyteSecond must be an object with arm64, x86_64, received 0.00001.",
    ],
    [
      { ...lambdaPrices, perGigabyteSecond: { arm64: 1e-5 } },
      "prices.perGigabyteSecond.x86_64 must be US dollars, finite and not negative, received undefined.",
    ],
    [
      { ...lambdaPrices, perGigabyteSecond: { arm64: Number.POSITIVE_INFINITY, x86_64: 1 } },
      "prices.perGigabyteSecond.arm64 must be US dollars, finite and not negative, received Infinity.",
    ],
    [{ ...lambdaPrices, perGigabyteSecond: { arm: 1, x86_64: 1 } }, "unknown option arm. Did you mean arm64?"],
  ])("refuses %j", (value, message) => {
    expect(() => checkPrices(value, "here")).toThrow(message);
  });
});
