import { describe, expect, it } from "vitest";
import { computeSignature, readSignature } from "./sigv4.ts";

const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const host = "example.amazonaws.com";

// The first from the documentation ("Signature Version 4 signing process"), the others from AWS's test suite for it (aws-sig-v4-test-suite).
describe("the tests' own signature is AWS's", () => {
  it.each([
    [
      "GET",
      "/?Action=ListUsers&Version=2010-05-08",
      "iam",
      { "content-type": "application/x-www-form-urlencoded; charset=utf-8", host: "iam.amazonaws.com" },
      "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    ],
    ["GET", "/", "service", { host }, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
    ["POST", "/", "service", { host }, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
    [
      "GET",
      "/?Param2=value2&Param1=value1",
      "service",
      { host },
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ],
  ])("%s %s", (method, url, service, headers, signature) => {
    const signed = { ...headers, "x-amz-date": "20150830T123600Z" };
    const authorization =
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/${service}/aws4_request, ` +
      `SignedHeaders=${Object.keys(signed).join(";")}, Signature=${signature}`;
    const request = { method, url, headers: { ...signed, authorization }, body: Buffer.alloc(0) };
    expect(computeSignature(request, secret)).toBe(signature);
    expect(readSignature(request).signature).toBe(signature);
  });
});
