/** Programs that use the executor: how they end. */
import { expectSame, expectThat } from "../expectation.ts";
import { runProgram } from "../fresh-program.ts";
import type { Scenario } from "../lifetime-program.ts";
import type { Trial } from "../trial.ts";
import type { Check } from "./check.ts";

interface End {
  readonly status: number;
  /** What the program printed, but for what it says of its own. */
  readonly printed: string;
  readonly lookAt: string;
}

const RESULT = '["result 0","result 1","result 2"]';
const alive =
  "what keeps a process alive: timers, sockets, child processes and their channels; unref() them while nothing is under way";
const codes = "hooks of the executor at the process's end: they must leave process.exitCode and uncaught errors alone";

const ENDS: Readonly<Record<Scenario, End>> = {
  made: { status: 0, printed: "", lookAt: alive },
  used: { status: 0, printed: RESULT, lookAt: alive },
  disposed: { status: 0, printed: RESULT, lookAt: alive },
  aborted: { status: 0, printed: "AbortError", lookAt: `${alive}; and at rejections that nobody handles` },
  "exit code": { status: 5, printed: RESULT, lookAt: codes },
  exits: { status: 7, printed: RESULT, lookAt: codes },
  throws: { status: 1, printed: RESULT, lookAt: codes },
};

const check = (scenario: Scenario, name: string, applies?: Check["applies"]): Check => ({
  group: "lifetime",
  name,
  ...(applies === undefined ? {} : { applies }),
  run: async (trial: Trial) => {
    const { status, printed, lookAt } = ENDS[scenario];
    const end = await runProgram(trial.traits, scenario);
    const must = `let a program end by itself, in this case: ${name}`;
    const written = `${end.stdout}${end.stderr}`;
    expectThat(
      end.kind !== "hangs",
      { must, lookAt },
      `a program that did not end within ${end.seconds} s. It wrote:\n${written}`,
    );
    expectThat(
      end.kind !== "orphans",
      { must: "leave no process behind", lookAt: "what workers do when the driver is gone" },
      written,
    );
    const lookedAt = `${lookAt}. It wrote:\n${written}`;
    expectSame({ status: end.status, printed: end.stdout.trim() }, { status, printed }, { must, lookAt: lookedAt });
    if (scenario === "throws")
      expectThat(
        /the program's own error/.test(end.stderr),
        { must: "let the program's error be printed", lookAt },
        end.stderr,
      );
  },
});

export const lifetimeChecks: readonly Check[] = [
  check("made", "a program that makes it and does not use it ends"),
  check("used", "a program that uses it and does not dispose of it ends"),
  check("disposed", "a program that disposes of it ends", ({ disposable }) => disposable),
  check("aborted", "a program that aborts a batch ends"),
  check("exit code", "a program's process.exitCode is kept"),
  check("exits", "a program that calls process.exit() ends with that code"),
  check("throws", "a program that throws ends with code 1 and its error"),
];
