import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { resultText } from "../../../src/cli/doctor/print.ts";

const result = { name: "region", status: "failed", detail: "none\nat all", remedy: "Set it:\n  AWS_REGION" } as const;
const plain = [
  "✗ region       none",
  "               at all",
  "               → Set it:",
  "                   AWS_REGION",
  "",
].join("\n");

it("puts further lines and the remedy below the first", () => {
  expect(resultText(result, false)).toBe(plain);
});

it("says the same in colours", () => {
  const text = resultText(result, true);
  expect(text).not.toBe(plain);
  expect(stripVTControlCharacters(text)).toBe(plain);
});
