import { expect, it } from "vitest";
import { addUsage, noUsage } from "../src/usage.ts";

it("adds what is given to what was", () => {
  const once = addUsage(noUsage, { invocations: 1, cost: 0.25 });
  expect(addUsage(once, { ...once, throttles: 3 })).toEqual({ ...noUsage, invocations: 2, cost: 0.5, throttles: 3 });
  expect(noUsage.invocations).toBe(0);
});
