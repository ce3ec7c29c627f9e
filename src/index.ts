/** The public names of fanopt. */
export { algorithms, type LevenbergMarquardtOptions, type NelderMeadParallelOptions } from "./algorithms/index.ts";
export type { AlgorithmInfo, ConfiguredAlgorithm, ConstraintValues } from "./algorithms/types.ts";
export type { DerivativeOf } from "./differentiation/block-tree.ts";
export type { DerivativeOptions } from "./differentiation/derivative-options.ts";
export {
  type FirstDerivative,
  type FirstDerivativeOptions,
  firstDerivative,
  type ValueOf,
} from "./differentiation/first-derivative.ts";
export type { FailedPoint } from "./differentiation/function-at-points.ts";
export type { DifferenceMethod, NumdiffOptions, StepOptions } from "./differentiation/index.ts";
export {
  type SecondDerivative,
  type SecondDerivativeOptions,
  secondDerivative,
} from "./differentiation/second-derivative.ts";
export type { SecondDifferenceMethod } from "./differentiation/second-stencil.ts";
export { AbortError, FanoptError, InfrastructureError, InvalidInputError, SubmissionError } from "./errors.ts";
export { executorBatchEvaluator } from "./evaluation/executor-batch-evaluator.ts";
export { type BatchEvaluatorName, resolveBatchEvaluator } from "./evaluation/resolve.ts";
export { isTraceback } from "./evaluation/traceback.ts";
export type { BatchEvaluator, BatchEvaluatorOptions, Settled, Traceback } from "./evaluation/types.ts";
export type { ChunkOptions, WorkerExecutor } from "./executors/chunks/backend.ts";
export { WorkerError } from "./executors/chunks/worker-error.ts";
export type { ArtifactsOptions } from "./executors/lambda/artifacts-options.ts";
export { FunctionError } from "./executors/lambda/errors.ts";
export {
  createLambdaExecutor,
  type LambdaExecutor,
  type LambdaExecutorCounts,
  lambdaExecutor,
} from "./executors/lambda/executor.ts";
export type { HedgeOptions } from "./executors/lambda/hedge-options.ts";
export type { LambdaExecutorOptions, LocalLambdaSettings } from "./executors/lambda/options.ts";
export { type LambdaPrices, lambdaPrices } from "./executors/lambda/prices.ts";
export { createMpiExecutor, type MpiExecutorOptions, resetMpi } from "./executors/mpi/executor.ts";
export { isUnderMpi } from "./executors/mpi/launcher.ts";
export { createProcessExecutor } from "./executors/processes/executor.ts";
export type { ProcessExecutorOptions } from "./executors/processes/options.ts";
export { createThreadExecutor } from "./executors/threads/executor.ts";
export type { ThreadExecutorOptions } from "./executors/threads/options.ts";
export type {
  BatchOfTasks,
  Executor,
  ExecutorLike,
  SubmitAllOptions,
  SubmitOptions,
  TaskEnd,
} from "./executors/types.ts";
export type { DenseMatrix } from "./linalg.ts";
export { CriterionError, RunAbortedError, RunFailedError } from "./optimize/errors.ts";
export { maximize, minimize } from "./optimize/minimize.ts";
export type {
  Criterion,
  Derivative,
  DerivativeValue,
  FunAndJac,
  MinimizeOptions,
  ValueAndJac,
} from "./optimize/options.ts";
export type { OptimizeResult, Timings } from "./optimize/result.ts";
export type { Bounds } from "./problem/bounds.ts";
export { checkConstraints, countFreeParams } from "./problem/check-constraints.ts";
export {
  type Constraint,
  type ConstraintMakers,
  type Constraints,
  type CovarianceOptions,
  covariance,
  decreasing,
  equal,
  fixed,
  increasing,
  type LinearOptions,
  linear,
  nonlinear,
  pairwiseEqual,
  probability,
  type Selector,
  sdcorr,
} from "./problem/constraints/constraints.ts";
export type {
  Limit,
  NonlinearConstraint,
  NonlinearDerivative,
  NonlinearOptions,
} from "./problem/constraints/nonlinear.ts";
export {
  type CriterionReturn,
  type FunctionKind,
  leastSquares,
  likelihood,
  type ValueWithInfo,
  type Vector,
} from "./problem/function-kinds.ts";
export { buildInternalFun, type InternalFunOptions } from "./problem/internal-fun.ts";
export type { InternalFun, Outcome } from "./problem/outcome.ts";
export type { PartialTree } from "./problem/partial-tree.ts";
export type { ScalingOptions } from "./problem/scaling.ts";
export type { History } from "./recording/history.ts";
export { listRuns, type OpenedRun, openRun } from "./recording/runs.ts";
export { createRunStore, type RunStoreChoice, type RunStoreOptions } from "./recording/store.ts";
export type {
  HistoryRow,
  RunRecord,
  RunStatus,
  RunStore,
  RunSummary,
  RunWriter,
  StepRecord,
  StepStatus,
  StoredRun,
  Task,
} from "./recording/types.ts";
export type { ConvergenceChange, ConvergenceReport } from "./report/convergence.ts";
export type { ProgressReporter, ProgressState } from "./report/types.ts";
export { artifactHash } from "./transport/artifact-hash.ts";
export { type DefineCriterionOptions, type DefinedCriterion, defineCriterion } from "./transport/define-criterion.ts";
export { type CriterionReport, inspectCriterion } from "./transport/inspect-criterion.ts";
export { type PackedFunction, packArgument, packFunction, unpackOutcome } from "./transport/pack-function.ts";
export type { Usage } from "./usage.ts";
export { loadFunction } from "./worker/load-function.ts";
