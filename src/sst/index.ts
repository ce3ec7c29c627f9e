/** What a driver on AWS needs, for `run()` of one's own sst.config.ts. */
export { type ArtifactsBucketOptions, fanoptArtifacts } from "./artifacts.ts";
export { fanoptEvaluator } from "./evaluator.ts";
export type { EvaluatorOptions } from "./evaluator-options.ts";
export type { SstComponent } from "./globals.ts";
export { fanoptHistory, type HistoryOptions } from "./history.ts";
