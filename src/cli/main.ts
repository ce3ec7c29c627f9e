#!/usr/bin/env node
/** `npx fanopt`. */
import { runProgram } from "./program.ts";

// Whoever reads has read enough, as in `fanopt doctor | head -3`.
process.stdout.on("error", () => process.exit(1));

const exitCode = await runProgram(process.argv.slice(2));
// A check that hangs may hold a socket or a process open: what was to be said is said.
process.stdout.write("", () => process.exit(exitCode));
