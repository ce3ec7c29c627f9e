import { result } from "./starts-a-run.ts";

export function indirect(x: number): number {
  return x + result.params;
}
