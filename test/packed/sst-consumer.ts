/** What an sst.config.ts imports: compiles also where SST's types are not there. */
import { type EvaluatorOptions, fanoptArtifacts, fanoptEvaluator, fanoptHistory } from "fanopt/sst";

const options: EvaluatorOptions = { memory: "2 GB", architecture: "x86_64", allowedArtifacts: ["ab".repeat(32)] };

export const run = (): Record<string, unknown> => ({
  evaluator: fanoptEvaluator(options).name,
  table: fanoptHistory({ deletionProtection: true }).name,
  artifacts: fanoptArtifacts({ expireDays: 7 }).name,
});

// @ts-expect-error: memory has a unit
fanoptEvaluator({ memory: 2048 });
