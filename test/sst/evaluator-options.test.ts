import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../../src/errors.ts";
import { type EvaluatorOptions, evaluatorSettings } from "../../src/sst/evaluator-options.ts";

const hash = "0123456789abcdef".repeat(4);

describe("the defaults", () => {
  it("are an arm64 function of one full core", () => {
    expect(evaluatorSettings({})).toEqual({
      runtime: "nodejs24.x",
      architecture: "arm64",
      memoryMB: 1_769,
      reservedConcurrency: undefined,
      allowedArtifacts: undefined,
    });
  });
});

describe("memory", () => {
  it.each([
    ["128 MB", 128],
    ["10240 MB", 10_240],
    ["10 GB", 10_240],
    ["1.5 GB", 1_536],
  ] as const)("%s is %d MB", (memory, memoryMB) => {
    expect(evaluatorSettings({ memory })).toMatchObject({ memoryMB });
  });

  it.each(["127 MB", "10241 MB", "11 GB", "0.1 GB", "200.5 MB", "2GB", "2 TB", "", 2_048, null])(
    "%j is refused",
    (memory) => {
      const options = { memory } as unknown as EvaluatorOptions;
      expect(() => evaluatorSettings(options)).toThrow(InvalidInputError);
      expect(() => evaluatorSettings(options)).toThrow("from 128 MB to 10,240 MB (10 GB)");
      expect(() => evaluatorSettings(options)).toThrow(`received ${JSON.stringify(memory)}`);
    },
  );
});

describe("what is not an option's value is refused", () => {
  it.each([
    [{ runtime: "nodejs20.x" }, 'runtime must be "nodejs22.x" or "nodejs24.x", received "nodejs20.x"'],
    [{ architecture: "arm" }, 'architecture must be "arm64" or "x86_64", received "arm"'],
    [{ reservedConcurrency: 0 }, "reservedConcurrency must be a whole number from 1, received 0. Leave it out"],
    [{ reservedConcurrency: 2.5 }, "received 2.5"],
    [{ memmory: "2 GB" }, "unknown option memmory. Did you mean memory?"],
    [{ allowedArtifacts: [] }, "Leave it out to allow all artifacts"],
    [{ allowedArtifacts: hash }, "must be a list of at least one hash"],
    [
      { allowedArtifacts: [hash, "abc"] },
      'allowedArtifacts[1] must be a SHA-256 hash, 64 hexadecimal digits, received "abc"',
    ],
    [{ allowedArtifacts: Array(61).fill(hash) }, "has 61 hashes; at most 60"],
  ])("%j", (options, message) => {
    expect(() => evaluatorSettings(options as EvaluatorOptions)).toThrow(InvalidInputError);
    expect(() => evaluatorSettings(options as EvaluatorOptions)).toThrow(message);
  });
});

describe("allowed artifacts", () => {
  it("are compared in lower case", () => {
    expect(evaluatorSettings({ allowedArtifacts: [hash.toUpperCase()] })).toMatchObject({ allowedArtifacts: [hash] });
  });

  it("fit with everything else into the 4 KB of a function's environment", () => {
    const { allowedArtifacts } = evaluatorSettings({ allowedArtifacts: Array(60).fill(hash) });
    const variables = { NODE_OPTIONS: "--enable-source-maps", FANOPT_ALLOWED_ARTIFACTS: String(allowedArtifacts) };
    expect(JSON.stringify(variables).length).toBeLessThanOrEqual(4_096);
  });
});
