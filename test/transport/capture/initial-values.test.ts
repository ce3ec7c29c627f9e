import { type AnyNode, parse } from "acorn";
import fc from "fast-check";
import { expect, it } from "vitest";
import { initialValues } from "../../../src/transport/capture/initial-values.ts";

const of = (text: string) => {
  const { body } = parse(text, { ecmaVersion: "latest", sourceType: "module" });
  return Object.fromEntries([...initialValues(body as AnyNode[])].map(([name, { value }]) => [name, value]));
};

it("literals are known, what must be computed is not", () => {
  const text = `
    export const scale = -2.5, label = "a";
    let count = 0n; var off = !1;
    const table = [1, [2, null], { a: 1, "b c": undefined }], seen = new Set([1]), cache = new Map(), x = new Float64Array([1, 2]);
    const nothing = void 0, plain = \`text\`, missing = NaN;
    const now = Date.now(), sum = 1 + 1, copy = scale, regex = /a/, made = new Thing(), spread = [...table], hole = \`\${scale}\`;
    function f() { const inner = 1; }
    exports.exported = 3;
    const counted = (cov_1().s[0]++, 7);
  `;
  expect(of(text)).toEqual({
    scale: -2.5,
    label: "a",
    count: 0n,
    off: false,
    table: [1, [2, null], { a: 1, "b c": undefined }],
    seen: new Set([1]),
    cache: new Map(),
    x: new Float64Array([1, 2]),
    nothing: undefined,
    plain: "text",
    missing: Number.NaN,
    exported: 3,
    counted: 7,
  });
});

it("the place is that of the name", () => {
  const text = "export const first = 1, second = 2;";
  const { body } = parse(text, { ecmaVersion: "latest", sourceType: "module" });
  expect(initialValues(body as AnyNode[]).get("second")).toEqual({ offset: text.indexOf("second"), value: 2 });
});

it("any JSON value is what JavaScript says it is", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      fc.pre(!JSON.stringify(value).includes("__proto__"));
      const text = JSON.stringify(value);
      expect(of(`const value = ${text};`)).toStrictEqual({ value: JSON.parse(text) });
    }),
  );
});
