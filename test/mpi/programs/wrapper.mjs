/** Starts the program that it is given, as npx or npm run would. */
import { spawn } from "node:child_process";

const [, , program] = process.argv;
spawn(process.execPath, ["--import", "fanopt/mpi", program], { stdio: "inherit" }).on("exit", (code) => {
  process.exitCode = code ?? 1;
});
