import { type Command, InvalidArgumentError, Option } from "commander";
import { VERSION } from "../../version.ts";
import type { CheckResult } from "./check.ts";
import { awsChecks, localChecks } from "./checks.ts";
import { awsContext, type DoctorOptions } from "./context.ts";
import { resultText, summaryText } from "./print.ts";
import { runChecks } from "./run-checks.ts";

const DEFAULT_SECONDS = 30;

/** Adds `fanopt doctor`. `fail` is called when a check failed. */
export function addDoctor(program: Command, fail: () => void): void {
  const elsewhere = ["function", "table", "region", "endpoint"];
  program
    .command("doctor")
    .summary("check that optimizations can run, on AWS or on this machine")
    .description(
      "Checks all that a driver needs: Node.js, credentials, region, the function and its settings, quota, an evaluation there and back, the " +
        "history table, the bucket for artifacts. Each failure comes with its remedy. Nothing is changed on AWS; in the bucket a tiny object is written and, " +
        "where that is allowed, deleted again.",
    )
    .addOption(
      new Option("--local", "check the embedded Lambda and the embedded store instead: no account needed").conflicts(
        elsewhere,
      ),
    )
    .option("--function <name>", "name or ARN of the function (default: as drivers find it)")
    .option("--table <name>", "name of the history table (default: as drivers find it)")
    .option("--region <region>", "AWS region (default: AWS_REGION, or the profile's)")
    .option("--endpoint <url>", "URL of an emulator such as LocalStack", parseUrl)
    .option("--timeout <seconds>", "what a check may take at most", parseSeconds, DEFAULT_SECONDS)
    .option("--json", "print one JSON document instead of lines")
    .addHelpText(
      "after",
      `
✓ passed, ✗ failed, – not checked. The exit code is 0 when nothing failed, else 1.

Examples:
  $ npx fanopt doctor
  $ npx fanopt doctor --local
  $ AWS_PROFILE=work npx fanopt doctor --region eu-central-1
  $ npx sst shell -- npx fanopt doctor
  $ npx fanopt doctor --json | jq '.checks[] | select(.status == "failed")'`,
    )
    .action(async (options: DoctorOptions) => {
      const results = await (options.json ? collect(options) : tell(options));
      if (results.some(({ status }) => status === "failed")) fail();
    });
}

function examine(options: DoctorOptions): AsyncGenerator<CheckResult> {
  const context = awsContext(options);
  return options.local
    ? runChecks(localChecks, context, options.timeout, "this machine")
    : runChecks(awsChecks, context, options.timeout, "AWS");
}

/** Prints each result as soon as it is its turn. */
async function tell(options: DoctorOptions): Promise<CheckResult[]> {
  const { stdout } = process;
  const colour = stdout.isTTY === true && (process.env.NO_COLOR ?? "") === "";
  const place = options.local ? "this machine" : (options.endpoint ?? "AWS");
  stdout.write(`fanopt ${VERSION} with ${place}\n\n`);
  const results: CheckResult[] = [];
  for await (const result of examine(options)) {
    stdout.write(resultText(result, colour));
    results.push(result);
  }
  stdout.write(summaryText(results));
  return results;
}

async function collect(options: DoctorOptions): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for await (const result of examine(options)) results.push(result);
  const document = {
    version: VERSION,
    local: options.local === true,
    passed: results.every(({ status }) => status !== "failed"),
    checks: results.map(({ name, status, detail, remedy = null }) => ({ name, status, detail, remedy })),
  };
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  return results;
}

function parseUrl(text: string): string {
  if (/^https?:/.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError("Expected a URL such as http://127.0.0.1:4566.");
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  // Timers for longer would fire at once.
  if (seconds > 0 && seconds < 2_000_000) return seconds;
  throw new InvalidArgumentError("Expected a positive number of seconds.");
}
