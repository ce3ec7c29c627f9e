/** Small packages of the tests' projects, each with a trap. Keyed by file in node_modules. */
export const packages: Readonly<Record<string, string>> = {
  "process-executor/package.json": manifest("process-executor", {
    type: "module",
    exports: "./process-executor.mjs",
  }),
  "commonjs-function/package.json": manifest("commonjs-function", { main: "index.js" }),
  "commonjs-function/index.js": "module.exports = function twice(x) { return 2 * x; };\n",
  // Node gives the whole of module.exports as the default import, compilers to CommonJS its `default`.
  "interop-default/package.json": manifest("interop-default", { main: "index.js" }),
  "interop-default/index.js": [
    'Object.defineProperty(exports, "__esModule", { value: true });',
    "exports.default = function twice(x) { return 2 * x; };",
    "",
  ].join("\n"),
  "uses-addon/package.json": manifest("uses-addon", { main: "index.js" }),
  "uses-addon/index.js": [
    "let native;",
    'try { native = require("./build/fast.node"); } catch { native = { twice: (x) => 2 * x }; }',
    "exports.twice = (x) => native.twice(x);",
    "",
  ].join("\n"),
  // No addon for any machine: the package goes on without.
  "uses-addon/build/fast.node": "not a library",
};

function manifest(name: string, more: object): string {
  return JSON.stringify({ name, version: "1.0.0", ...more });
}
