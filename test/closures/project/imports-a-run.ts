import { result } from "./starts-a-run.ts";

const start = result.params;

export function indirect(x: number): number {
  return x + start;
}
