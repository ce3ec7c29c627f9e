/** What an sst.config.ts imports: compiles also where SST's types are not there. */
import {
  type ArtifactsBucketOptions,
  type EvaluatorOptions,
  fanoptArtifacts,
  fanoptEvaluator,
  fanoptHistory,
} from "fanopt/sst";

const options: EvaluatorOptions = { memory: "2 GB", architecture: "x86_64", allowedArtifacts: ["ab".repeat(32)] };
const bucket: ArtifactsBucketOptions = { expireDays: 7 };

export const run = (): Record<string, unknown> => ({
  evaluator: fanoptEvaluator(options).name,
  table: fanoptHistory({ deletionProtection: true }).name,
  artifacts: fanoptArtifacts(bucket).name,
});

// @ts-expect-error: memory has a unit
fanoptEvaluator({ memory: 2048 });
