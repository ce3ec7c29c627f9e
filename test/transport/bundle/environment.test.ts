import { realpathSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { environmentWarnings, rejectProgram } from "../../../src/transport/bundle/environment.ts";
import { Project } from "../project.ts";

const project = new Project({
  "reads.ts": "export const n = Number(process.env.N_DRAWS ?? 10);",
  "quiet.ts": "export const processEnv = 1; // process and env",
  "node_modules/package/index.js": "exports.debug = process.env.DEBUG;",
});
afterAll(() => project[Symbol.dispose]());

it("files of the user's that read the environment or the arguments are warned of, those of packages are not", () => {
  const files = ["reads.ts", "quiet.ts", "node_modules/package/index.js", "gone.ts"].map((name) => project.path(name));
  const warnings = environmentWarnings(files);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(
    /^process\.env is read by .*reads\.ts, which workers import: .*this program's are not sent\. Take what is needed/,
  );
});

it("the program that runs is refused among the modules, by whatever path", () => {
  const program = realpathSync(process.argv[1]);
  expect(() => rejectProgram([project.path("quiet.ts")])).not.toThrow();
  expect(() => rejectProgram([project.path("quiet.ts"), program])).toThrow(
    /is the program that runs here, .*would run it again\. Move what/s,
  );
});
