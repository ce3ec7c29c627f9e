/// <reference path="./.sst/platform/config.d.ts" />

/**
 * Deploys what a driver on AWS needs: the function that evaluates points, the table of the history, and the bucket of large artifacts.
 * `npm run build` first: what is uploaded is the bundle in dist/lambda/, as it is.
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
    const { deployFanopt } = await import("./stacks/fanopt.ts");
    // `sst deploy` writes these to .sst/outputs.json, where a driver finds them.
    return deployFanopt();
  },
});
