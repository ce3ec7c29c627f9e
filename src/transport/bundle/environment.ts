/** What a bundle's modules may find other on a worker than in the program that sends them. */
import { readFileSync } from "node:fs";
import { InvalidInputError } from "../../errors.ts";
import { isOfPackage, isProgram } from "../program.ts";

/** Throws where the program that was started is among the files: each worker would run it. */
export function rejectProgram(files: readonly string[]): void {
  const program = files.find(isProgram);
  if (program === undefined) return;
  throw new InvalidInputError(
    `${program} is the program that runs here, and a module that the function needs imports from it: each worker would run it again. Move what ` +
      "that module needs into a file of its own, and import it from there in both.",
  );
}

/** Sentences about files of the user's that read `process.env` or `process.argv`. */
export function environmentWarnings(files: readonly string[]): string[] {
  return files.flatMap((file) => {
    const name = isOfPackage(file) ? undefined : READS.exec(textOf(file))?.[0];
    return name === undefined
      ? []
      : [
          `${name} is read by ${file}, which workers import: they have an environment and arguments of their own, and this program's are not sent. ` +
            "Take what is needed into a variable of the function's own module.",
        ];
  });
}

const READS = /\bprocess\.(?:env|argv)\b/;

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
