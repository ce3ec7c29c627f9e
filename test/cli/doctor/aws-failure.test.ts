import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, it } from "vitest";
import { awsFailure } from "../../../src/cli/doctor/aws-failure.ts";

const coded = (code: string, more: object = {}) => Object.assign(new Error(`${code}: no`), { code, ...more });

it("takes a file that is not there for what it is", async () => {
  const error = await stat("/nonexistent/fanopt").catch((reason: unknown) => reason);
  for (const place of ["AWS", "this machine"] as const) {
    const { status, detail, remedy } = awsFailure(error, place);
    expect(status).toBe("failed");
    expect(detail).toMatch(/^ENOENT: no such file or directory/);
    expect(remedy).toMatch(/make it.*TMPDIR/);
  }
});

it("takes a refused connection for the network", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const error = await new Promise((resolve) => connect(port, "127.0.0.1").on("error", resolve));
  expect(awsFailure(error, "AWS")).toMatchObject({
    detail: expect.stringMatching(/^AWS was not reached: .*ECONNREFUSED/),
    remedy: expect.stringContaining("--endpoint"),
  });
  const here = awsFailure(error, "this machine");
  expect(here.detail).toMatch(/^a server of fanopt's on this machine was not reached: .*ECONNREFUSED/);
  expect(`${here.detail} ${here.remedy}`).not.toContain("AWS");
});

it.each([
  ["EACCES", /may not/],
  ["EROFS", /may not/],
  ["ENOSPC", /full/],
  ["EMFILE", /ulimit -n/],
])("%s has a remedy of its own", (code, remedy) => {
  const finding = awsFailure(coded(code), "AWS");
  expect(finding.detail).not.toContain("AWS was not reached");
  expect(finding.remedy).toMatch(remedy);
});

it("takes a connection that this machine does not allow for the network, and other codes for neither", () => {
  expect(awsFailure(coded("EPERM", { syscall: "connect" }), "AWS").detail).toMatch(/^AWS was not reached/);
  expect(awsFailure(coded("ERR_INVALID_ARG_TYPE"), "AWS").remedy).toMatch(/not foreseen/);
});
