import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clipToWidth, displayWidth, formatTable, oneLine, wrapText } from "../../src/report/text-layout.ts";

test("oneLine takes out colours, line breaks and other control characters", () => {
  expect(oneLine("\x1b[31mfailed\x1b[0m:\r\n\tat f\u2028(x)\x07 ")).toBe("failed: at f (x)");
});

test("wide characters count twice, combining marks not at all", () => {
  expect(displayWidth("模型")).toBe(4);
  expect(displayWidth("e\u0301")).toBe(1);
  expect(displayWidth("🚀!")).toBe(3);
});

describe("clipToWidth", () => {
  test("cuts only what is too long", () => {
    expect(clipToWidth("abcdef", 6)).toBe("abcdef");
    expect(clipToWidth("abcdef", 5)).toBe("abcd…");
    expect(clipToWidth("模型模型", 4)).toBe("模…");
    expect(clipToWidth("abc", 0)).toBe("");
  });

  test("never exceeds the width", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(30), (text, width) => {
        expect(displayWidth(clipToWidth(text, width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

test("wrapText keeps every word, in order, within the width where a word allows it", () => {
  expect(wrapText("one two three", 7)).toBe("one two\nthree");
  const word = fc.stringMatching(/^[a-z]{1,12}$/);
  fc.assert(
    fc.property(fc.array(word), fc.integer({ min: 12, max: 40 }), (words, width) => {
      const lines = wrapText(words.join(" "), width);
      expect(lines.split(/\s/).filter((w) => w !== "")).toEqual(words);
      for (const line of lines.split("\n")) expect(line.length).toBeLessThanOrEqual(width);
    }),
  );
});

test("formatTable aligns cells of any width under their headings", () => {
  const table = formatTable(
    [
      { heading: "name", align: "left" },
      { heading: "value", align: "right" },
    ],
    [
      ["模型", "1"],
      ["b", "-12.25"],
    ],
  );
  expect(table).toBe(["name   value", "────  ──────", "模型       1", "b     -12.25"].join("\n"));
});
