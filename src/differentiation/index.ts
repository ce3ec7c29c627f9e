export { type NumdiffOptions, resolveNumdiff, type StepOptions } from "./numdiff-options.ts";
export { withNumericalDerivatives } from "./numerical-derivatives.ts";
export type { DifferenceMethod } from "./stencil.ts";
export type { StepSettings } from "./steps.ts";
