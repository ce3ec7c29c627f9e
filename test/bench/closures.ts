/**
 * What it costs to send a closure: capture, bundling, loading on a worker, and sizes, against the same function given by defineCriterion; and
 * whether a hot loop is as quick after a capture as before: node test/bench/closures.ts
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { serialize } from "node:v8";
import { assemble } from "../../src/transport/artifact.ts";
import { captureFunctions } from "../../src/transport/capture/capture.ts";
import { encode } from "../../src/transport/codec.ts";
import { compressArtifact } from "../../src/transport/compress-artifact.ts";
import { defineCriterion } from "../../src/transport/define-criterion.ts";
import { loadArtifact } from "../../src/transport/load.ts";
import { type Portable, portableOf } from "../../src/transport/portable.ts";
import { median } from "../fixtures/median.ts";

type Fun = (p: number[]) => number;

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = realpathSync(mkdtempSync(join(tmpdir(), "fanopt-bench-")));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, "node_modules"));
symlinkSync(join(root, "node_modules/ml-matrix"), join(folder, "node_modules/ml-matrix"), "junction");

// Some 100 kB that minifying does not take away.
const table = Array.from(
  { length: 1_000 },
  (_, i) => `export const f${i} = (x: number) => Math.sin(x * ${i}.${i}) + ${"x * ".repeat(15)}${i};`,
);
const sum = Array.from({ length: 1_000 }, (_, i) => `f${i}(p[0])`).join(" + ");
const sources: Readonly<Record<string, string>> = {
  "local.ts": `${table.join("\n")}\nexport const total = (p: number[]) => ${sum};`,
  "cases.ts": `
    import { Matrix, solve } from "ml-matrix";
    import { total } from "./local.ts";
    export const makeTiny = () => { const weight = 2; return (p: number[]) => p[0] * weight; };
    export const makeMatrix = () => { const weight = 2; return (p: number[]) => solve(Matrix.diag([weight, p[0]]), Matrix.eye(2)).get(1, 1); };
    export const makeLocal = () => { const weight = 2; return (p: number[]) => total(p) * weight; };
    export const makeData = (data: Float64Array) => (p: number[]) => p[0] * data[data.length - 1];
  `,
  "tiny.ts": `export const fun = (p: number[]) => p[0] * 2;`,
  "matrix.ts": `import { Matrix, solve } from "ml-matrix";
    export const fun = (p: number[]) => solve(Matrix.diag([2, p[0]]), Matrix.eye(2)).get(1, 1);`,
  "by-local.ts": `import { total } from "./local.ts"; export const fun = (p: number[]) => total(p) * 2;`,
  "by-data.ts": `export const fun = (p: number[], data: Float64Array) => p[0] * data[data.length - 1];`,
};
for (const [name, text] of Object.entries(sources)) writeFileSync(join(folder, name), text);

const made = (await import(pathToFileURL(join(folder, "cases.ts")).href)) as {
  makeTiny(): Fun;
  makeMatrix(): Fun;
  makeLocal(): Fun;
  makeData(data: Float64Array): Fun;
};
const numbers = (bytes: number) => Float64Array.from({ length: bytes / 8 }, (_, i) => Math.sqrt(i));

interface Case {
  readonly label: string;
  readonly closure: Fun;
  /** The module that does the same, and its args. */
  readonly module: string;
  readonly args?: readonly unknown[];
  readonly rounds: number;
}

const [small, large] = [numbers(2 ** 20), numbers(100_000_000)];
const cases: readonly Case[] = [
  { label: "no imports", closure: made.makeTiny(), module: "tiny.ts", rounds: 15 },
  { label: "ml-matrix", closure: made.makeMatrix(), module: "matrix.ts", rounds: 15 },
  { label: "100 kB local module", closure: made.makeLocal(), module: "by-local.ts", rounds: 15 },
  { label: "1 MiB of data", closure: made.makeData(small), module: "by-data.ts", args: [small], rounds: 15 },
  { label: "100 MB of data", closure: made.makeData(large), module: "by-data.ts", args: [large], rounds: 3 },
];

const milliseconds = async (act: () => unknown): Promise<number> => {
  const started = performance.now();
  await act();
  return performance.now() - started;
};

const first = await milliseconds(() => captureFunctions([made.makeTiny()]));
console.log(`first capture in a process: ${first.toFixed(0)} ms\n`);
console.log(
  `${"".padEnd(20)}  capture   bundle     load   against defineCriterion   code      data      sent on Lambda`,
);
for (const { label, closure, module, args = [], rounds } of cases) {
  const times = { capture: [] as number[], assemble: [] as number[], load: [] as number[], defined: [] as number[] };
  const portable = portableOf(closure) as Portable;
  const defined = portableOf(defineCriterion(pathToFileURL(join(folder, module)), { export: "fun", args: args as [] }));
  let assembly = await assemble(portable);
  for (let round = 0; round < rounds; round++) {
    times.capture.push(await milliseconds(() => captureFunctions([closure])));
    times.assemble.push(
      await milliseconds(async () => {
        assembly = await assemble(portable);
      }),
    );
    const { artifact } = assembly;
    times.load.push(await milliseconds(() => loadArtifact(artifact.bytes, artifact.data?.bytes ?? null)));
    times.defined.push(await milliseconds(() => assemble(defined as Portable)));
  }
  const { artifact, bundle } = assembly;
  const parts = artifact.data === null ? [artifact] : [artifact, artifact.data];
  let sent = 0;
  for (const { bytes } of parts) sent += Math.ceil((await compressArtifact(bytes)).byteLength / 3) * 4;
  const size = (bytes: number) =>
    (bytes < 1e4
      ? `${bytes} B`
      : bytes < 1e7
        ? `${(bytes / 1e3).toFixed(0)} kB`
        : `${(bytes / 1e6).toFixed(0)} MB`
    ).padStart(8);
  const ms = (values: readonly number[]) => `${median(values).toFixed(1).padStart(6)} ms`;
  const ratio = (median(times.assemble) / median(times.defined)).toFixed(2);
  console.log(
    `${label.padEnd(20)} ${ms(times.capture)} ${ms(times.assemble)} ${ms(times.load)} ${ratio.padStart(14)} ×        ${size(bundle.code.length)}  ${size(artifact.data?.bytes.byteLength ?? 0)}  ${size(sent)}`,
  );
}

const [byCodec, byV8, byJson] = [[], [], []] as number[][];
for (let round = 0; round < 9; round++) {
  byCodec.push(await milliseconds(() => encode(small)));
  byV8.push(await milliseconds(() => serialize(small)));
  byJson.push(await milliseconds(() => JSON.stringify(Array.from(small))));
}
console.log(
  `\n1 MiB by the codec: ${median(byCodec).toFixed(2)} ms; against v8.serialize ${(median(byCodec) / median(byV8)).toFixed(2)} ×, JSON ${(median(byCodec) / median(byJson)).toFixed(3)} ×`,
);

const half = (i: number) => (i % 2 === 0 ? 1.5 : 2);
function hot(n: number): number {
  let total = 0;
  for (let i = 0; i < n; i++) total += Math.sqrt(i) * half(i);
  return total;
}
const ofLoop = async (): Promise<number> => {
  const times: number[] = [];
  for (let round = 0; round < 25; round++) times.push(await milliseconds(() => hot(2_000_000)));
  return median(times);
};
await ofLoop();
const before = await ofLoop();
captureFunctions([(p: number) => hot(p)]);
const after = await ofLoop();
console.log(`hot loop after its function was captured, against before: ${(after / before).toFixed(2)} ×`);
