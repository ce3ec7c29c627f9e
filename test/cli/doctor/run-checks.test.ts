import { expect, it } from "vitest";
import { type Check, type CheckResult, failed, type Place, passed, skipped } from "../../../src/cli/doctor/check.ts";
import { runChecks } from "../../../src/cli/doctor/run-checks.ts";
import { InvalidInputError } from "../../../src/errors.ts";

type Look = Check<null>["run"];

const check = (name: string, run: Look, needs: readonly string[] = []): Check<null> => ({ name, needs, run });
async function collect(checks: readonly Check<null>[], seconds = 60, place: Place = "AWS"): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for await (const result of runChecks(checks, null, seconds, place)) results.push(result);
  return results;
}

it("gives results in the order of the list, whichever ends first", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const results = await collect([
    check("slow", () => promise.then(() => passed("1"))),
    check("fast", () => {
      resolve();
      return passed("2");
    }),
  ]);
  expect(results.map(({ name }) => name)).toEqual(["slow", "fast"]);
});

it("gives each result before later ones are known", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const results = runChecks(
    [check("first", () => passed("1")), check("second", () => promise.then(() => passed("2")))],
    null,
    60,
    "AWS",
  );
  expect((await results.next()).value).toMatchObject({ name: "first" });
  resolve();
  expect((await results.next()).value).toMatchObject({ name: "second" });
});

it("does not look where what it needs has failed, but does where that was skipped", async () => {
  const looked: string[] = [];
  const look = (name: string, needs: readonly string[]) =>
    check(
      name,
      () => {
        looked.push(name);
        return passed("fine");
      },
      needs,
    );
  const results = await collect([
    check("bad", () => failed("broken", "mend it")),
    check("unknown", () => skipped("nothing there")),
    look("after bad", ["unknown", "bad"]),
    look("after unknown", ["unknown"]),
  ]);
  expect(looked).toEqual(["after unknown"]);
  expect(results[2]).toEqual({ name: "after bad", status: "skipped", detail: 'not checked, because "bad" failed' });
});

it("takes fanopt's errors apart into what is wrong and what to do", async () => {
  const [result] = await collect([
    check("name", () => {
      throw new InvalidInputError("There is no .sst/outputs.json here. Deploy:\n  - npx sst deploy");
    }),
  ]);
  expect(result).toEqual({
    name: "name",
    status: "failed",
    detail: "There is no .sst/outputs.json here.",
    remedy: "Deploy:\n  - npx sst deploy",
  });
});

it("fails a check that throws whatever it is, with a remedy", async () => {
  const [result] = await collect([check("bug", () => Promise.reject(new TypeError("x is not a function")))]);
  expect(result).toMatchObject({ status: "failed", detail: "TypeError: x is not a function" });
  expect(result.remedy).toBeTruthy();
});

it("fails a check that does not end, aborts it, and goes on", async () => {
  let aborted = false;
  const hanging: Look = (_, signal) =>
    new Promise(() => {
      signal.addEventListener("abort", () => {
        aborted = true;
      });
    });
  const results = await collect([check("hanging", hanging), check("next", () => passed("fine"))], 0.01);
  expect(results.map(({ status }) => status)).toEqual(["failed", "passed"]);
  expect(results[0]).toMatchObject({ detail: "no answer within 0.01 s", remedy: expect.stringContaining("--timeout") });
  expect(aborted).toBe(true);
});

it("advises to deploy where AWS is looked at, not for this machine", async () => {
  const damaged = check("damaged", () => {
    throw new InvalidInputError("The file is damaged");
  });
  const [onAws] = await collect([damaged], 60, "AWS");
  const [here] = await collect([damaged], 60, "this machine");
  expect(onAws.remedy).toContain("npx sst deploy");
  expect(here.remedy).toMatch(/^Correct what it names/);
  expect(here.remedy).not.toContain("deploy");
  const [late] = await collect([check("hanging", () => new Promise(() => {}))], 0.01, "this machine");
  expect(late.remedy).toMatch(/--timeout/);
  expect(late.remedy).not.toMatch(/region|endpoint/);
});
