import { describe, expect, it } from "vitest";
import { findViolations } from "../../scripts/check-imports.ts";
import { importRules } from "../../scripts/import-rules.ts";

function violations(file: string, source: string): string[] {
  return findViolations(new Map([[file, source]]), importRules);
}

describe("the import check", () => {
  it.each([
    ["index.ts is the public door", "optimize/run.ts", `import { minimize } from "../index.ts";`],
    ["algorithms know no executor", "algorithms/pounders.ts", `import { x } from "../executors/types.ts";`],
    ["not even by a type", "algorithms/pounders.ts", `import type { X } from "../problem/tree.ts";`],
    ["nor by a type in place", "algorithms/pounders.ts", `export const x: import("../problem/tree.ts").X = 1;`],
    ["executors know no optimizer", "executors/mpi/rank.ts", `export { y } from "../../optimize/run.ts";`],
    ["executors know no algorithm", "executors/mpi/rank.ts", `export * from "../../algorithms/index.ts";`],
    ["workers know no executor", "worker/handler.ts", `await import("../executors/lambda/client.ts");`],
    ["workers know no AWS", "worker/handler.ts", `import { LambdaClient } from "@aws-sdk/client-lambda";`],
    ["transport knows no worker", "transport/load.ts", `const y = require("../worker/handler.ts");`],
    [
      "evaluation loads executors lazily",
      "evaluation/resolve.ts",
      `import { x } from "../executors/lambda/executor.ts";`,
    ],
    ["problem has algorithms' types only", "problem/tree.ts", `import { x } from "../algorithms/types.ts";`],
    ["recording looks at nothing above", "recording/runs.ts", `import type { X } from "../optimize/result.ts";`],
    ["ml-matrix is behind linalg.ts", "algorithms/pounders.ts", `import { Matrix } from "ml-matrix";`],
    ["the AWS SDK is loaded lazily", "recording/dynamodb/x.ts", `import { X } from "@aws-sdk/client-dynamodb";`],
    ["history knows no Lambda", "recording/dynamodb/x.ts", `await import("@aws-sdk/client-lambda");`],
    ["dynalite is for the local store", "recording/dynamodb/x.ts", `require("dynalite");`],
    ["src stands alone", "report/svg.ts", `import { x } from "../../functions/evaluator.ts";`],
    ["a new package needs a row", "report/svg.ts", `import { x } from "left-pad/sub";`],
  ])("%s", (_, file, source) => {
    expect(violations(file, `// a comment first\n${source}`)).toEqual([expect.stringContaining(`src/${file}:2: `)]);
  });

  it("wants a row for a new room", () => {
    expect(violations("dashboard/server.ts", "")).toEqual([
      "src/dashboard/server.ts: dashboard is not in scripts/import-rules.ts: say there what it may import.",
    ]);
  });

  it("says what is allowed", () => {
    expect(violations("worker/handler.ts", `import { x } from "../recording/memory.ts";`)).toEqual([
      'src/worker/handler.ts:1: worker may not import recording/memory.ts (import "../recording/memory.ts"). It may import: problem, transport, aws-errors.ts, errors.ts, suggest.ts, timer.ts, usage.ts, version.ts.',
    ]);
  });

  it.each([
    ["a file that its row names", "algorithms/pounders/model.ts", `import { norm } from "../../linalg.ts";`],
    [
      "errors and Node everywhere",
      "worker/x.ts",
      `import { show } from "../errors.ts";\nimport { join } from "node:path";`,
    ],
    ["types where types may go", "problem/tree.ts", `import type { Want } from "../algorithms/types.ts";`],
    ["lazily where lazily", "evaluation/resolve.ts", `const { x } = await import("../executors/lambda/executor.ts");`],
    ["types where lazily", "executors/lambda/client.ts", `import type { LambdaClient } from "@aws-sdk/client-lambda";`],
    ["a type in place where lazily", "report/svg.ts", `export type V = typeof import("vega");`],
    [
      "what only looks like an import",
      "algorithms/x.ts",
      `// import "../index.ts"\nexport const x = 'import "../index.ts"';`,
    ],
  ])("allows %s", (_, file, source) => {
    expect(violations(file, source)).toEqual([]);
  });
});
