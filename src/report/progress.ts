import { InvalidInputError, show } from "../errors.ts";
import { createLiveLine } from "./progress-live.ts";
import { createPlainLines } from "./progress-plain.ts";
import type { ProgressReporter } from "./types.ts";

/** Where progress is written: process.stderr, or anything with a `write`. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  /** Width of the terminal; read at every redraw. */
  readonly columns?: number | undefined;
}

const methods = ["update", "note", "finish"] as const;
const silent: ProgressReporter = { update() {}, note() {}, finish() {} };

/**
 * The reporter behind the `progress` option: `false` is silent; `true` or undefined shows one live line on a terminal and
 * else (no terminal, CI, TERM=dumb) plain lines now and then; a reporter is used as it is, but what it throws becomes one
 * warning of the process and never ends the run.
 *
 * @param stream where to write. @default process.stderr
 * @param env environment variables: CI, TERM, NO_COLOR. @default process.env
 * @throws InvalidInputError when `progress` is none of these.
 */
export function resolveProgress(
  progress: boolean | ProgressReporter | undefined,
  stream: ProgressStream = process.stderr,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ProgressReporter {
  if (progress === false) return silent;
  if (progress === true || progress === undefined)
    return isInteractive(stream, env)
      ? createLiveLine(stream, { color: (env.NO_COLOR ?? "") === "" })
      : createPlainLines(stream);
  checkReporter(progress);
  return guardReporter(progress);
}

function isInteractive(stream: ProgressStream, env: Readonly<Record<string, string | undefined>>): boolean {
  const ci = env.CI ?? "";
  return stream.isTTY === true && env.TERM !== "dumb" && (ci === "" || ci === "false" || ci === "0");
}

function checkReporter(progress: unknown): asserts progress is ProgressReporter {
  const expected = "progress must be true, false or a reporter (an object with the methods update, note and finish)";
  if (typeof progress !== "object" || progress === null)
    throw new InvalidInputError(`${expected}, received ${show(progress)}.`);
  const missing = methods.filter((name) => typeof (progress as Partial<ProgressReporter>)[name] !== "function");
  if (missing.length > 0)
    throw new InvalidInputError(
      `${expected}, received an object without the ${plural(missing)} ${missing.join(", ")}.`,
    );
}

function plural(missing: readonly string[]): string {
  return missing.length === 1 ? "method" : "methods";
}

/** After the first error only `finish` is still called, so that the reporter can stop its timers. */
function guardReporter(reporter: ProgressReporter): ProgressReporter {
  let broken = false;
  const attempt = (name: string, call: () => void): void => {
    try {
      call();
    } catch (error) {
      if (!broken)
        process.emitWarning(
          `progress: the reporter's ${name} threw ${show(error)}. The run goes on; the reporter is not asked again.`,
          { code: "FANOPT_PROGRESS_REPORTER" },
        );
      broken = true;
    }
  };
  return {
    update(state) {
      if (!broken) attempt("update", () => reporter.update(state));
    },
    note(message) {
      if (!broken) attempt("note", () => reporter.note(message));
    },
    finish(state, outcome) {
      attempt("finish", () => reporter.finish(state, outcome));
    },
  };
}
