/** Which files are the program's own, and which are other people's. */
import { realpathSync } from "node:fs";
import { sep } from "node:path";

/** Whether a file is the program that was started. */
export function isProgram(file: string): boolean {
  const program = process.argv[1];
  if (program === undefined) return false;
  try {
    return realpathSync(program) === realpathSync(file);
  } catch {
    return false;
  }
}

/** Whether a file is of an installed package. */
export function isOfPackage(file: string): boolean {
  return file.includes(`${sep}node_modules${sep}`);
}
