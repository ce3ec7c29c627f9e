/** What cannot travel, and ES modules alone have. */
import { open } from "node:fs/promises";
import { indirect } from "../imports-a-run.ts";
import { logPath } from "../log-path.ts";
import { noteLoad } from "../note-load.ts";
import type { Case } from "../types.ts";

noteLoad("refused-esm");

const file = await open(logPath);

export const cases: readonly Case[] = [
  { name: "import.meta", fun: () => /*@ import.meta */ import.meta.url },
  { name: "a FileHandle", fun: () => /*@ a FileHandle */ file.fd },
  { name: "a module that imports one that starts a run", fun: (x: number) => indirect(x) },
];
