import { fanoptArtifacts, fanoptEvaluator, fanoptHistory } from "fanopt/sst";

/** What a driver on AWS needs, as every project gets it from this package. The keys are those by which drivers find it. */
export function deployFanopt() {
  return { evaluator: fanoptEvaluator().name, table: fanoptHistory().name, artifacts: fanoptArtifacts().name };
}
