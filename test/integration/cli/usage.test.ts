import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { fanopt, root } from "./command-line.ts";

it("prints the package's version", async () => {
  const { version, bin } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  expect(await fanopt(["--version"], tmpdir())).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: "" });
  expect(bin).toEqual({ fanopt: "dist/cli/main.js" });
  expect(await readFile(join(root, bin.fanopt), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
});

it.each([
  [["--help"], /doctor.*\n.*init.*\n.*inspect.*Examples:.*npx fanopt doctor --local/s],
  [["doctor", "--help"], /--local.*--function <name>.*--timeout <seconds>.*Examples:/s],
  [["help", "init"], /\[folder\].*Examples:/s],
  [["inspect", "--help"], /<module#export>.*--json.*npx tsx node_modules\/\.bin\/fanopt inspect.*Examples:/s],
])("explains itself: %j", async (args, expected) => {
  const { exitCode, stdout, stderr } = await fanopt(args, tmpdir());
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toMatch(expected);
});

it.each([
  [[], /Usage: fanopt/],
  [["docter"], /unknown command 'docter'\s+\(Did you mean doctor\?\)/],
  [["doctor", "--lokal"], /unknown option '--lokal'\s+\(Did you mean --local\?\)/],
  [["doctor", "--local", "--table", "history"], /'--local' cannot be used with option '--table <name>'/],
  [["doctor", "--endpoint", "localhost:4566"], /Expected a URL such as http:/],
  [["doctor", "--timeout", "soon"], /Expected a positive number of seconds/],
  [["init", "a", "b"], /too many arguments/],
  [["inspect"], /missing required argument 'module#export'/],
])("refuses a wrong command line: %j", async (args, expected) => {
  const { exitCode, stdout, stderr } = await fanopt(args, tmpdir());
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(stderr).toMatch(expected);
});
