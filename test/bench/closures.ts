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
const sourcesOf = (round: number): Readonly<Record<string, string>> => ({
  "local.ts": `${table.join("\n")}\nexport const total = (p: number[]) => ${sum};`,
  "cases.ts": `
    import { Matrix, solve } from "ml-matrix";
    import { total } from "./local.ts";
    export const makeTiny = () => { const weight = 2; return (p: number[]) => p[0] * weight + ${round}; };
    export const makeMatrix = () => { const weight = 2; return (p: number[]) => solve(Matrix.diag([weight, p[0]]), Matrix.eye(2)).get(1, 1) + ${round}; };
    export const makeLocal = () => { const weight = 2; return (p: number[]) => total(p) * weight + ${round}; };
    export const makeData = (data: Float64Array) => (p: number[]) => p[0] * data[data.length - 1] + ${round};
  `,
  "tiny.ts": `export const fun = (p: number[]) => p[0] * 2 + ${round};`,
  "matrix.ts": `import { Matrix, solve } from "ml-matrix";
    export const fun = (p: number[]) => solve(Matrix.diag([2, p[0]]), Matrix.eye(2)).get(1, 1) + ${round};`,
  "by-local.ts": `import { total } from "./local.ts"; export const fun = (p: number[]) => total(p) * 2 + ${round};`,
  "by-data.ts": `export const fun = (p: number[], data: Float64Array) => p[0] * data[data.length - 1] + ${round};`,
});
/** A bundle is made once in a process, and loaded once: each round has files of its own, which differ. */
const ROUNDS = 7;
interface Made {
  makeTiny(): Fun;
  makeMatrix(): Fun;
  makeLocal(): Fun;
  makeData(data: Float64Array): Fun;
}
const rounds: { readonly folder: string; readonly made: Made }[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const own = join(folder, `round-${round}`);
  mkdirSync(own);
  for (const [name, text] of Object.entries(sourcesOf(round))) writeFileSync(join(own, name), text);
  rounds.push({ folder: own, made: (await import(pathToFileURL(join(own, "cases.ts")).href)) as Made });
}
const numbers = (bytes: number) => Float64Array.from({ length: bytes / 8 }, (_, i) => Math.sqrt(i));

interface Case {
  readonly label: string;
  readonly closure: (made: Made) => Fun;
  /** The module that does the same, and its args. */
  readonly module: string;
  readonly args?: readonly unknown[];
}

const [small, large] = [numbers(2 ** 20), numbers(100_000_000)];
const cases: readonly Case[] = [
  { label: "no imports", closure: (made) => made.makeTiny(), module: "tiny.ts" },
  { label: "ml-matrix", closure: (made) => made.makeMatrix(), module: "matrix.ts" },
  { label: "100 kB local module", closure: (made) => made.makeLocal(), module: "by-local.ts" },
  { label: "1 MiB of data", closure: (made) => made.makeData(small), module: "by-data.ts", args: [small] },
  { label: "100 MB of data", closure: (made) => made.makeData(large), module: "by-data.ts", args: [large] },
];

const milliseconds = async (act: () => unknown): Promise<number> => {
  const started = performance.now();
  await act();
  return performance.now() - started;
};
const ms = (values: readonly number[]) => `${median(values).toFixed(1).padStart(6)} ms`;
const size = (bytes: number) =>
  (bytes < 1e4
    ? `${bytes} B`
    : bytes < 1e7
      ? `${(bytes / 1e3).toFixed(0)} kB`
      : `${(bytes / 1e6).toFixed(0)} MB`
  ).padStart(9);

const first = await milliseconds(() => captureFunctions([rounds[0].made.makeTiny()]));
console.log(`first capture in a process: ${first.toFixed(0)} ms\n`);
console.log(
  "capture: by V8; first: with capture, bundled; again: the same with other data; load: on a worker; against: first, by defineCriterion",
);
console.log(`${"".padEnd(20)}   capture     first     again      load   against       code      data   on Lambda`);
for (const { label, closure, module, args = [] } of cases) {
  const times = { capture: [], first: [], again: [], load: [], defined: [] } as Record<string, number[]>;
  let last: Awaited<ReturnType<typeof assemble>> | undefined;
  for (const { folder: own, made } of rounds) {
    const fun = closure(made);
    const defined = defineCriterion(pathToFileURL(join(own, module)), { export: "fun", args: args as [] });
    times.defined.push(await milliseconds(() => assemble(portableOf(defined) as Portable)));
    times.first.push(await milliseconds(() => assemble(portableOf(fun) as Portable)));
    times.capture.push(await milliseconds(() => captureFunctions([fun])));
    times.again.push(
      await milliseconds(async () => {
        last = await assemble(portableOf(fun) as Portable);
      }),
    );
    const { artifact } = last as NonNullable<typeof last>;
    times.load.push(await milliseconds(() => loadArtifact(artifact.bytes, artifact.data?.bytes ?? null)));
  }
  const { artifact, bundle } = last as NonNullable<typeof last>;
  const parts = artifact.data === null ? [artifact] : [artifact, artifact.data];
  let sent = 0;
  for (const { bytes } of parts) sent += Math.ceil((await compressArtifact(bytes)).byteLength / 3) * 4;
  const ratio = `${(median(times.first) / median(times.defined)).toFixed(2)} ×`.padStart(8);
  const sizes = [bundle.code.length, artifact.data?.bytes.byteLength ?? 0, sent].map(size).join(" ");
  console.log(
    `${label.padEnd(20)} ${ms(times.capture)} ${ms(times.first)} ${ms(times.again)} ${ms(times.load)}  ${ratio}  ${sizes}`,
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
