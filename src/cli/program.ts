import { Command, CommanderError } from "commander";
import { FanoptError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { addDoctor } from "./doctor/command.ts";
import { addInit } from "./init/command.ts";
import { addInspect } from "./inspect/command.ts";

/** Everything asked for was done, or all is well. */
const SUCCESS = 0;
const FAILURE = 1;
/** The command line itself is wrong. */
const WRONG_USAGE = 2;

/**
 * Runs one command line to its end.
 *
 * @param args What follows the program's name.
 * @returns The exit code: 0, 1 for a failure, 2 for wrong usage. What went wrong is on standard error then.
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  const outcome = { exitCode: SUCCESS };
  const fail = () => {
    outcome.exitCode = FAILURE;
  };
  try {
    await createProgram(fail).parseAsync([...args], { from: "user" });
    return outcome.exitCode;
  } catch (error) {
    // Commander has printed its message, its help or the version already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? SUCCESS : WRONG_USAGE;
    if (!(error instanceof FanoptError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return FAILURE;
  }
}

function createProgram(fail: () => void): Command {
  const program = new Command("fanopt")
    .description(
      "Minimise functions that take seconds to hours to evaluate: on AWS Lambda, MPI ranks, processes or threads.",
    )
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .showHelpAfterError("Run it with --help to see what it takes.")
    .exitOverride()
    .addHelpText(
      "after",
      `
Examples:
  $ npx fanopt init                 a first driver, a first criterion, and what to deploy
  $ npx fanopt doctor --local       does everything work on this machine?
  $ npx fanopt doctor               does everything work on AWS?
  $ npx fanopt inspect model.ts#f   what of a function is sent to workers?

Exit codes: 0 all is well, 1 something failed, 2 the command line is wrong.`,
    );
  addDoctor(program, fail);
  addInit(program);
  addInspect(program);
  return program;
}
