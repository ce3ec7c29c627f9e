import type { LambdaCase } from "./lambda-cases.ts";

export const apiCases: readonly LambdaCase[] = [];
