import { build, transform } from "esbuild";
import { expect, it } from "vitest";
import { withoutInnerNames } from "../../../src/transport/bundle/inner-names.ts";

const minified = async (source: string) =>
  (await transform(source, { minify: true, keepNames: true, format: "esm", target: "node22" })).code;
const load = async (code: string) =>
  (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as Record<string, (...args: unknown[]) => unknown>;

const SOURCE = `
  export function outer(x) {
    const inner = (y) => y + x;
    function declared(z) { return z * 2; }
    const later = async function () { return 1; };
    const make = () => function named() { return x; };
    const one = [1, 2].map(function each(v) { return declared(inner(v)); });
    return [one, make()(), later, (() => (y) => y - x)()(3)];
  }
  export class Solver {
    static of(x) { const step = () => x; return step; }
    run = () => { const walk = (k) => k + 1; return walk(1); };
  }
  export const arrow = (x) => { const f = (y) => y; return f(x); };
`;

it("functions inside of functions are no longer named by a call, and work as before", async () => {
  const before = await minified(SOURCE);
  const after = withoutInnerNames(before);
  expect(after).toHaveLength(before.length);
  expect(after).not.toMatch(/"(?:inner|declared|later|make|named|each|step|walk)"/);
  const [then, now] = await Promise.all([load(before), load(after)]);
  const observe = (module: typeof now) => JSON.stringify([module.outer(5), module.arrow(3)]);
  expect(observe(now)).toBe(observe(then));
  const Solver = now.Solver as unknown as { new (): { run(): number }; of(x: number): () => number };
  expect([new Solver().run(), Solver.of(4)()]).toEqual([2, 4]);
});

it("classes and what the module declares keep their names", async () => {
  const { outer, Solver, arrow } = await load(withoutInnerNames(await minified(SOURCE)));
  expect([outer.name, Solver.name, arrow.name]).toEqual(["outer", "Solver", "arrow"]);
});

it("a call of something else by the same short name stays", async () => {
  const code = await minified(`export function outer(x) { const inner = (y) => y + x; return inner; }`);
  const name = /(?:var |,)([\w$]+)=\([\w$]+,[\w$]+\)=>/.exec(code)?.[1];
  const other = `${code}export const call=(${name})=>{const g=()=>1;return ${name}(g,"kept")};`;
  const { call } = await load(withoutInnerNames(other));
  expect(call((fun: () => number, text: string) => `${fun()} ${text}`)).toBe("1 kept");
});

it("code without such names is left as it is", () => {
  expect(withoutInnerNames("export const x = 1;")).toBe("export const x = 1;");
});

it("code that asks for names gets them", async () => {
  const code = await minified(
    `export const keys = () => { const inner = (x) => x; return [inner].map((f) => f.name); };`,
  );
  expect(withoutInnerNames(code)).toBe(code);
});

it("what a CommonJS module declares keeps its name: esbuild puts a function around it", async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: 'export { default as table } from "./table.cjs"; export const own = (x) => ((y) => y)(x);',
      resolveDir: "/",
    },
    plugins: [
      {
        name: "cjs",
        setup(setup) {
          setup.onResolve({ filter: /table/ }, () => ({ path: "table.cjs", namespace: "cjs" }));
          setup.onLoad({ filter: /.*/, namespace: "cjs" }, () => ({
            contents:
              "function sphere(x) { const helper = (y) => y * y; return helper(x); } module.exports = { sphere };",
          }));
        },
      },
    ],
    bundle: true,
    write: false,
    minify: true,
    keepNames: true,
    format: "esm",
  });
  const code = withoutInnerNames(outputFiles[0].text);
  expect(code).not.toContain('"helper"');
  const { table } = (await load(code)) as unknown as { table: { sphere: (x: number) => number } };
  expect([Object.getOwnPropertyDescriptor(table.sphere, "name")?.value, table.sphere(3)]).toEqual(["sphere", 9]);
});
