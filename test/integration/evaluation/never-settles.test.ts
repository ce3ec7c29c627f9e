import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const fixture = fileURLToPath(new URL("../../fixtures/never-settles.ts", import.meta.url));
const run = promisify(execFile);

describe("a promise that nothing can settle", () => {
  it.each(["serial", "executor"])("is an error, not the silent end of the process (%s)", async (evaluator) => {
    // Exit status 13, Node's for a promise that never settles, would reject.
    const { stdout } = await run(process.execPath, ["--disable-warning=ExperimentalWarning", fixture, evaluator]);
    const { told, ...error } = JSON.parse(stdout);
    expect(error).toMatchObject({ name: "FanoptError", code: "never-settles" });
    const criterion =
      /^The criterion returned a promise that can never settle: .*Look for a callback or a resolve\(\)/s;
    const executor = /^The executor or the criterion .*can never settle: .*a callback or a resolve\(\).*unref\(\)/s;
    expect(error.message).toMatch(evaluator === "serial" ? criterion : executor);
    expect(told[0]).toEqual([0, true]);
    if (evaluator === "serial") expect(told[1]).toEqual([1, false]);
  });
});
