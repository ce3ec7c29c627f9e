import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("../localstack/run.ts", import.meta.url));

test.each([
  ["fails in CI", { CI: "true" }, 1],
  ["is no failure elsewhere", { CI: "" }, 0],
])("a LocalStack suite that cannot run says why and how, and %s", (_what, environment, status) => {
  // Nothing listens there, so the image is nowhere, whether there is a Docker or not.
  const image = "127.0.0.1:1/nowhere:0";
  const env = { ...process.env, FANOPT_LOCALSTACK_IMAGE: image, ...environment };
  const run = spawnSync(process.execPath, [script], { env, encoding: "utf8" });
  expect(run.stderr).toMatch(/did NOT run: (Docker does not answer: |there is no image 127\.0\.0\.1:1\/nowhere:0, )/);
  expect(run.stderr).toMatch(/repeat npm run test:localstack[\s\S]*FANOPT_LOCALSTACK_IMAGE[\s\S]*FANOPT_LAMBDA_IMAGE/);
  expect(run.status).toBe(status);
});
