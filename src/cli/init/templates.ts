/** The files that `fanopt init` writes. */
import { VERSION } from "../../version.ts";

/** What a project's `run()` needs for fanopt. */
export const sstLines: readonly string[] = [
  'const { fanoptEvaluator, fanoptHistory, fanoptArtifacts } = await import("fanopt/sst");',
  "return {",
  "  evaluator: fanoptEvaluator().name,",
  "  table: fanoptHistory().name,",
  "  artifacts: fanoptArtifacts().name,",
  "};",
];

/** @param name of the app: letters, digits and hyphens. */
export function sstConfig(name: string): string {
  return `/// <reference path="./.sst/platform/config.d.ts" />

/** What a driver on AWS needs: the function that evaluates points, the table of the history, a bucket for large artifacts. */
export default $config({
  app(input) {
    const production = input.stage === "production";
    return {
      name: "${name}",
      home: "aws",
      // Histories are results: production keeps its table, and refuses \`sst remove\`.
      removal: production ? "retain" : "remove",
      protect: production,
    };
  },
  async run() {
    // \`sst deploy\` writes what is returned to .sst/outputs.json, where a driver finds it.
${sstLines.map((line) => `    ${line}\n`).join("")}  },
});
`;
}

export const modelFile = `/** The model in a file of its own: it is bundled, with all that it imports, and sent to the workers. */

export interface Decay {
  readonly amount: number;
  readonly rate: number;
}

/** An observed value and its time. */
export type Observation = readonly [time: number, value: number];

/** Residuals of an exponential decay, one an observation. */
export function residuals({ amount, rate }: Decay, data: readonly Observation[]): Float64Array {
  return Float64Array.from(data, ([time, value]) => amount * Math.exp(-rate * time) - value);
}
`;

export const driverFile = `/**
 * Fits the model of model.ts to the data. The .ts files run as they are on Node.js 22.18 and newer.
 *
 * On this machine:  FANOPT_LAMBDA=local node driver.ts
 * On AWS:           npx sst deploy, then node driver.ts
 */
import { leastSquares, minimize } from "fanopt";
import { type Decay, type Observation, residuals } from "./model.ts";

const data: Observation[] = [
  [0, 5.1],
  [1, 3.0],
  [2, 1.9],
  [3, 1.1],
  [4, 0.7],
  [5, 0.4],
  [6, 0.25],
  [7, 0.15],
];

const result = await minimize({
  // Workers get model.ts, with what it imports, and the data.
  fun: leastSquares((p: Decay) => residuals(p, data)),
  params: { amount: 1, rate: 1 },
  bounds: { lower: { rate: 0 } },
  algorithm: "levenberg-marquardt",
  // With FANOPT_LAMBDA=local the embedded Lambda and a database under .fanopt/; else the function and the table that were deployed:
  // npx sst deploy writes their names to .sst/outputs.json, and npx fanopt doctor checks them.
  batchEvaluator: "lambda",
  store: process.env.FANOPT_LAMBDA === "local" ? "local" : "dynamodb",
  runName: "decay",
});
console.log(result);
`;

/** Node.js runs the files as they are; this is for editors, and for npx tsc. SST has types of its own, and only after its first deploy. */
export const tsconfigFile = `{
  "compilerOptions": {
    "module": "nodenext",
    "types": ["node"],
    "strict": true,
    "noUncheckedIndexedAccess": true,
    "erasableSyntaxOnly": true,
    "verbatimModuleSyntax": true,
    "allowImportingTsExtensions": true,
    "noEmit": true
  },
  "exclude": ["node_modules", "sst.config.ts"]
}
`;

export function packageFile(name: string): string {
  const manifest = {
    name,
    private: true,
    type: "module",
    dependencies: { fanopt: `^${VERSION}` },
    devDependencies: { "@types/node": "^24.0.0", sst: "^4.17.1", typescript: "^7.0.2" },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** What git must not keep. */
export const ignored: readonly string[] = ["node_modules/", ".sst/", ".fanopt/"];
