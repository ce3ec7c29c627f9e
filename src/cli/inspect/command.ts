import type { Command } from "commander";
import { inspectCriterion } from "../../transport/inspect-criterion.ts";
import { loadExport } from "./load-export.ts";
import { reportText } from "./print.ts";
import { findTarget } from "./target.ts";

/** Adds `fanopt inspect`. */
export function addInspect(program: Command): void {
  program
    .command("inspect")
    .summary("show what of a function would be sent to workers")
    .description(
      "Loads the module in this process and says what workers would get of a function that it exports: code, captured variables, sizes, what may be " +
        "other there; or why it cannot be sent. Nothing is sent, and the function is not called. A module that starts an optimization when it is loaded " +
        "cannot be inspected: export the function from another file, or call inspectCriterion(fun) where the driver has it.",
    )
    .argument("<module#export>", "file, relative to here, and name of the export; default: the default export")
    .option("--json", "print the report as one JSON document")
    .addHelpText(
      "after",
      `
The hash is that of the function alone, as artifactHash(fun) gives it; minimize sends it with the problem around it.
What the module exports is imported by workers; the same function in a driver's own file would be copied.

TypeScript is run by Node.js's type stripping (Node.js 22.18 and newer). For other files, where tsx is installed:
  $ npx tsx node_modules/.bin/fanopt inspect model.ts#residuals

Examples:
  $ npx fanopt inspect model.ts#residuals
  $ npx fanopt inspect model.ts
  $ npx fanopt inspect model.ts#residuals --json | jq '.captured[] | {name, bytes}'`,
    )
    .action(async (text: string, { json = false }: { json?: boolean }) => {
      const folder = process.cwd();
      const report = await inspectCriterion(await loadExport(findTarget(text, folder)));
      const { stdout } = process;
      const colour = stdout.isTTY === true && (process.env.NO_COLOR ?? "") === "";
      stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report, { colour, folder }));
    });
}
