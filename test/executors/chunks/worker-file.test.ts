import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { workerFile } from "../../../src/executors/chunks/worker-file.ts";

describe("workerFile", () => {
  it("is beside the module that asks, with its extension", () => {
    expect(pathToFileURL(workerFile("./worker-file.test", import.meta.url)).href).toBe(import.meta.url);
  });

  it.each([
    ["a file of another place", import.meta.url],
    ["no URL, as bundlers to CommonJS leave it", undefined as unknown as string],
    ["a URL of no file", "data:text/javascript,0"],
  ])("is missing in a bundle: %s", (_, base) => {
    expect(() => workerFile("./nowhere", base)).toThrow(
      expect.objectContaining({
        name: "InfrastructureError",
        code: "worker-file-missing",
        message: expect.stringMatching(
          /cannot find .*nowhere.* Keep fanopt external when bundling a driver, .* inside a criterion, .* only "serial" evaluates\.$/,
        ),
      }),
    );
  });
});
