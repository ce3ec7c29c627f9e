import { expect, it } from "vitest";
import { checkNode } from "../../../src/cli/doctor/node.ts";

it.each(["18.20.4", "20.19.0", "21.7.3"])("%s is too old", (version) => {
  expect(checkNode(version)).toMatchObject({ status: "failed", remedy: expect.stringContaining("22") });
});

// Type stripping needs no flag since 22.18.0 and 23.6.0: https://nodejs.org/api/typescript.html#modules-typescript
it.each(["22.0.0", "22.17.1", "23.5.0"])("%s runs TypeScript with a flag only", (version) => {
  const { status, remedy } = checkNode(version);
  expect(status).toBe("passed");
  expect(remedy).toContain("--experimental-strip-types");
});

it.each(["22.18.0", "23.6.0", "24.0.0", "26.1.0"])("%s is as it should be", (version) => {
  expect(checkNode(version)).toEqual({ status: "passed", detail: version });
});
