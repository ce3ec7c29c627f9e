import { minimize } from "fanopt";

export const simulated = (x: number): number => x * x;

/** A criterion's module must not: each worker would start one of its own. */
export const result: { params: number } = await minimize({
  fun: simulated,
  params: 1,
  algorithm: "nelder-mead-parallel",
  progress: false,
  maxFunEvals: 3,
});
