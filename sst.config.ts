/// <reference path="./.sst/platform/config.d.ts" />

/**
 * Deploys what a driver on AWS needs: the function that evaluates points, and the table of the history.
 * `npm run build` first: what is uploaded is dist/lambda/, as it is.
 */
export default $config({
  app(input) {
    const production = input.stage === "production";
    return {
      name: "fanopt",
      home: "aws",
      // Histories are results: production keeps its table, and refuses `sst remove`.
      removal: production ? "retain" : "remove",
      protect: production,
    };
  },
  async run() {
    // SST refuses imports at the top of this file.
    const { deployEvaluator } = await import("./stacks/evaluator.ts");
    const { deployHistoryTable } = await import("./stacks/history-table.ts");
    const evaluator = deployEvaluator();
    const table = deployHistoryTable();
    // `sst deploy` writes these to .sst/outputs.json, where a driver finds them.
    return { evaluator: evaluator.name, table: table.name };
  },
});
