/** An artifact made into functions: the same on workers and in the driver. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { FanoptError, show } from "../errors.ts";
import { decode } from "./codec.ts";
import { type ArtifactContent, codeName } from "./content.ts";

type UserFunction = (params: unknown, ...args: unknown[]) => unknown;

/** The user's functions and what to make of them. */
export interface LoadedArtifact {
  readonly content: ArtifactContent;
  readonly fun: UserFunction;
  readonly jac: UserFunction | null;
}

/** Set while a criterion's module is being loaded: `minimize` refuses to start then. */
const LOADING = Symbol.for("fanopt.loadingCriterion");
const flags = globalThis as { [LOADING]?: number };

/** Whether a criterion's module is being loaded in this process. */
export function isLoadingCriterion(): boolean {
  return (flags[LOADING] ?? 0) > 0;
}

let folder: string | undefined;

/** Loads an artifact's code as an ES module. Throws FanoptError (code "criterion-load") when the module throws or has no such function. */
export async function loadArtifact(bytes: Uint8Array): Promise<LoadedArtifact> {
  const content = decode(bytes) as ArtifactContent;
  const file = join(temporaryFolder(), `criterion-${codeName(content.code)}.mjs`);
  writeFileSync(file, content.code);
  const module = await importModule(file, content);
  const functionOf = (name: "fun" | "jac"): UserFunction => {
    const value = module[name];
    if (typeof value !== "function")
      throw new FanoptError(
        "criterion-load",
        `The export ${content.funName} must be a function (params, ...args) => value, but is ${show(value)}.`,
      );
    return value as UserFunction;
  };
  return { content, fun: functionOf("fun"), jac: "jac" in module ? functionOf("jac") : null };
}

async function importModule(file: string, content: ArtifactContent): Promise<Record<string, unknown>> {
  flags[LOADING] = (flags[LOADING] ?? 0) + 1;
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    throw new FanoptError(
      "criterion-load",
      `The module of ${content.funName} threw while it was loaded: ${show(error)}`,
      {
        cause: error,
      },
    );
  } finally {
    flags[LOADING] = (flags[LOADING] ?? 1) - 1;
  }
}

/** Modules can be imported from files only; the folder goes with the process. */
function temporaryFolder(): string {
  if (folder === undefined) {
    const created = mkdtempSync(join(tmpdir(), "fanopt-"));
    folder = created;
    process.once("exit", () => rmSync(created, { recursive: true, force: true }));
  }
  return folder;
}
