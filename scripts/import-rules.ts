/** The arrows between the rooms of src/, as docs and reviewers know them: who may import whom. `npm run lint` holds them. */

/**
 * What a room may import from src/, beside its own files and `everywhere`. A target is a room or a file; "type " before it allows
 * `import type` alone, "lazy " allows `import type` and `await import()`, so that those who don't use it don't load it.
 */
export interface ImportRules {
  readonly everywhere: readonly string[];
  /** Keyed by room, or by file for those that are in no room. Whom no row names is imported by nobody: index.ts is the public door. */
  readonly rooms: Readonly<Record<string, readonly string[]>>;
  /** Keyed by package: the rooms or files that may import it, marked as above. */
  readonly packages: Readonly<Record<string, readonly string[]>>;
}

export const importRules: ImportRules = {
  everywhere: ["aws-errors.ts", "errors.ts", "suggest.ts", "timer.ts", "usage.ts", "version.ts"],
  rooms: {
    "aws-errors.ts": [],
    "errors.ts": [],
    "suggest.ts": [],
    "timer.ts": [],
    "usage.ts": [],
    "version.ts": [],
    "deployment.ts": [],
    // Linear algebra over ml-matrix, with finite checks.
    "linalg.ts": [],
    // What options must be, one valibot schema each.
    "option-schemas.ts": [],
    algorithms: ["linalg.ts", "option-schemas.ts"],
    // Steps are in the units of the user's parameters; firstDerivative and secondDerivative evaluate batches of their own.
    differentiation: [
      "type algorithms/types.ts",
      "evaluation",
      "type linalg.ts",
      "optimize/errors.ts",
      "option-schemas.ts",
      "problem",
      "report/format.ts",
      "report/text-layout.ts",
      "transport",
    ],
    transport: [],
    problem: ["type algorithms/types.ts", "linalg.ts", "option-schemas.ts", "transport"],
    // Runs on every machine that evaluates: it knows neither AWS nor the driver.
    worker: ["problem", "transport"],
    executors: [
      "transport",
      "worker/protocol.ts",
      "type worker/chunk-protocol.ts",
      "worker/chunk-entry.ts",
      "worker/chunk-worker.ts",
      "worker/printed-arrives.ts",
      "deployment.ts",
    ],
    evaluation: ["transport", "type executors/types.ts", "lazy executors"],
    recording: ["deployment.ts", "transport/value-tree.ts"],
    report: ["type recording"],
    // What `npx fanopt` runs.
    cli: [
      "deployment.ts",
      "executors",
      "recording",
      "report/format.ts",
      "report/text-layout.ts",
      "transport",
      "worker",
    ],
    // Runs inside `sst deploy`, with SST's globals: it knows nothing of the rest.
    sst: [],
    optimize: [
      "algorithms",
      "differentiation",
      "evaluation",
      "option-schemas.ts",
      "problem",
      "recording",
      "report",
      "transport",
    ],
    "index.ts": [
      "algorithms",
      "differentiation",
      "evaluation",
      "executors",
      "type linalg.ts",
      "optimize",
      "problem",
      "recording",
      "report",
      "transport",
      "worker/load-function.ts",
    ],
    // fanopt/testing: what authors of executors run. It uses them as users do.
    testing: ["evaluation", "type executors/types.ts", "optimize", "problem", "transport", "type recording"],
  },
  packages: {
    "@aws-sdk/client-lambda": ["lazy cli", "lazy executors/lambda"],
    "@aws-sdk/client-dynamodb": ["lazy cli", "lazy recording"],
    "@aws-sdk/client-s3": ["lazy cli", "lazy executors/lambda"],
    "@aws-sdk/s3-request-presigner": ["lazy executors/lambda"],
    "@smithy/node-http-handler": ["lazy executors/lambda", "lazy recording/dynamodb"],
    "@smithy/signature-v4": ["lazy executors/lambda"],
    // Only who sends a closure pays for them: capture/ and bundle/ are imported when they are needed.
    acorn: ["transport/bundle", "transport/capture"],
    "eslint-scope": ["transport/capture"],
    "magic-string": ["lazy transport", "transport/bundle"],
    asciichart: ["report"],
    commander: ["cli"],
    dynalite: ["recording/local"],
    esbuild: ["lazy transport"],
    "ml-matrix": ["linalg.ts"],
    piscina: ["lazy executors/threads"],
    tinypool: ["lazy executors/processes"],
    undici: ["lazy executors/lambda"],
    valibot: ["algorithms", "differentiation", "optimize", "option-schemas.ts", "problem"],
    // Optional peers.
    koffi: ["lazy executors/mpi"],
    vega: ["lazy report"],
    "vega-lite": ["lazy report"],
  },
};
