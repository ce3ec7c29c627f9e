import { afterAll, expect, it } from "vitest";
import { captureFunctions } from "../../../src/transport/capture/capture.ts";
import { Project } from "../project.ts";

const project = new Project({
  "secrets.mjs": `
    const secret = Symbol("secret");
    const known = new WeakMap();
    export class BySymbol { constructor(x) { this[secret] = x; } get x() { return this[secret]; } }
    export class ByWeakMap { constructor(x) { known.set(this, x); } get x() { return known.get(this); } }
    export class Open { constructor(x) { this.x = x; this[Symbol.for("shared")] = x; } }
  `,
});
afterAll(() => project[Symbol.dispose]());
type Made = new (x: number) => { readonly x: number };
const { BySymbol, ByWeakMap, Open } = (await import(project.url("secrets.mjs").href)) as Record<string, Made>;

it("an instance whose class is imported again, and finds in it what only its own module can, is refused", () => {
  const bySymbol = new BySymbol(5);
  const byWeakMap = new ByWeakMap(6);
  expect(() => captureFunctions([() => bySymbol.x])).toThrow(
    /captured variable "bySymbol" is an instance of BySymbol, which has a property under Symbol\(secret\) of its module's own.*Make the instance inside/s,
  );
  expect(() => captureFunctions([() => byWeakMap.x])).toThrow(
    /captured variable "byWeakMap" is an instance of ByWeakMap, which is known to a WeakMap or WeakSet of its module's own/,
  );
});

it("other instances of imported classes travel", () => {
  const open = new Open(7);
  const { graph } = captureFunctions([() => open.x]);
  expect(graph.nodes.map(({ kind }) => kind)).toContain("imported");
});
