/** What a deployment may want to change of the evaluator. */
export interface EvaluatorOptions {
  /** Memory of one evaluation; Lambda gives CPU in proportion, one full core at 1,769 MB. @default "1769 MB" */
  readonly memory?: `${number} MB` | `${number} GB`;
  /**
   * Invocations at once that are kept for this function, and its upper limit. Off by default: an account must keep at least 10 of its
   * concurrency unreserved, and new accounts have no more than that.
   */
  readonly reservedConcurrency?: number;
}

/** The function that evaluates points. It is linked as `FanoptEvaluator`, and needs no permission but to write its log. */
export function deployEvaluator(options: EvaluatorOptions = {}): sst.aws.Function {
  const { memory = "1769 MB", reservedConcurrency } = options;
  return new sst.aws.Function("FanoptEvaluator", {
    description: "fanopt: evaluates points of an optimization",
    // Uploaded unchanged: the very file that the embedded Lambda runs.
    bundle: `${$cli.paths.root}/dist/lambda`,
    handler: "evaluator.handler",
    runtime: "nodejs24.x",
    architecture: "arm64",
    memory,
    // Lambda's maximum. The driver's client waits longer than that.
    timeout: "15 minutes",
    ...(reservedConcurrency === undefined ? {} : { concurrency: { reserved: reservedConcurrency } }),
    // Under `sst dev`, too, points are evaluated on Lambda: on this machine there is the embedded one.
    dev: false,
    transform: {
      role: {
        assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" }),
      },
    },
  });
}
