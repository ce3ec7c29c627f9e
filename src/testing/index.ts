/** fanopt/testing: what every executor must do, ours and yours. */
export type { CheckGroup } from "./checks/check.ts";
export { type ConformanceCheck, executorConformance } from "./conformance.ts";
export type { ConformanceSetting } from "./setting.ts";
