import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { reportText } from "../../../src/cli/inspect/print.ts";
import type { CriterionReport } from "../../../src/transport/inspect-criterion.ts";

const folder = join("/", "home", "ada");
const plain = { colour: false, folder };

function makeReport(changed: Partial<CriterionReport> = {}): CriterionReport {
  return {
    name: "residuals",
    hash: "ab".repeat(32),
    dataHash: null,
    codeBytes: 56_700,
    dataBytes: 120,
    sentBytes: 15_000,
    sentParts: [15_000],
    modules: [
      { file: join(folder, "node_modules", "ml-matrix", "matrix.mjs"), bytes: 56_000 },
      { file: join(folder, "model.ts"), bytes: 700 },
    ],
    captured: [
      {
        name: "data",
        usedBy: "residuals",
        position: { file: join(folder, "src", "fit.ts"), line: 12, column: 7 },
        value: "Float64Array [1, 2, 3]",
        bytes: 24,
      },
      { name: "key", usedBy: "", position: null, value: '"secret"', bytes: 6 },
    ],
    warnings: ["process.env (/home/ada/model.ts:3:1) is read on the worker."],
    ...changed,
  };
}

it("tells name, hash, sizes, files as from here, captured variables with their places, warnings", () => {
  const text = reportText(makeReport(), plain);
  expect(text.split("\n")).toEqual([
    "residuals",
    `hash       ${"ab".repeat(32)}`,
    "code       57 kB",
    "data       120 B",
    "on Lambda  15 kB, compressed; 0.3 % of the 6 MB that an invocation carries",
    "",
    "Code from",
    "bytes  file",
    `─────  ${"─".repeat(33)}`,
    `56 kB  ${join("node_modules", "ml-matrix", "matrix.mjs")}`,
    "700 B  model.ts",
    "",
    "Captured variables",
    "name  value                   bytes  where",
    `────  ──────────────────────  ─────  ${"─".repeat(26)}`,
    `data  Float64Array [1, 2, 3]   24 B  residuals, ${join("src", "fit.ts")}:12:7`,
    'key   "secret"                  6 B',
    "",
    "Warnings",
    "! process.env (/home/ada/model.ts:3:1) is read on the worker.",
    "",
  ]);
});

it("says the same in colours", () => {
  const text = reportText(makeReport(), { colour: true, folder });
  expect(text).not.toBe(reportText(makeReport(), plain));
  expect(stripVTControlCharacters(text)).toBe(reportText(makeReport(), plain));
});

it("says where nothing is captured, and nothing of files and warnings where there are none", () => {
  const text = reportText(makeReport({ modules: [], captured: [], warnings: [] }), plain);
  expect(text).toMatch(/\nCaptured variables\nnone\n$/);
  expect(text).not.toMatch(/Code from|Warnings/);
});

it("names the largest files and counts the others, but every variable: they are what may be secret", () => {
  const modules = Array.from({ length: 23 }, (_, i) => ({ file: join(folder, `${i}.ts`), bytes: 1_000 - i }));
  const captured = Array.from({ length: 40 }, (_, i) => ({
    name: `v${i}`,
    usedBy: "f",
    position: null,
    value: "1",
    bytes: 8,
  }));
  const text = reportText(makeReport({ modules, captured }), plain);
  expect(text).toMatch(/ 19\.ts\n… and 3 more\n/);
  expect(text).not.toContain("20.ts");
  expect(text).toMatch(/^v39 /m);
});

it.each([
  [1_200, "1.2 kB, compressed; less than 0.1 % of the 6 MB that an invocation carries"],
  [341_336, "341 kB, compressed; 5.7 % of the 6 MB that an invocation carries; by way of a bucket where there is one"],
  [6_000_000, "6 MB, compressed; 100 % of the 6 MB that an invocation carries; by way of a bucket where there is one"],
  [
    6_000_004,
    "6 MB, compressed; more than the 6 MB that an invocation carries: it goes by way of a bucket, and needs one",
  ],
])("says how %i bytes get to a worker", (sentBytes, expected) => {
  expect(reportText(makeReport({ sentBytes, sentParts: [sentBytes] }), plain)).toContain(`on Lambda  ${expected}\n`);
});

it("tells the hash of data that is a part of its own", () => {
  expect(reportText(makeReport({ dataHash: "cd".repeat(32) }), plain)).toContain(
    `a part of its own, ${"cd".repeat(32)}: not sent again when the code alone changes\n`,
  );
});

it("keeps a variable on its line, whatever it holds", () => {
  const value = `"${"\u001b[31m\n".repeat(3)}${"x".repeat(200)}"`;
  const captured = [{ name: "text", usedBy: "f", position: null, value, bytes: 200 }];
  const line = reportText(makeReport({ captured }), plain)
    .split("\n")
    .find((one) => one.startsWith("text"));
  expect(line).toMatch(/^text {2}" *x{50,}… {2}200 B {2}f$/);
});

it("two parts that go along together need no bucket, though their sum is what one part alone would need it for", () => {
  const report = makeReport({ sentBytes: 500_000, sentParts: [250_000, 250_000] });
  expect(reportText(report, plain)).toMatch(/on Lambda {2}.*of the 6 MB that an invocation carries\n/);
});
