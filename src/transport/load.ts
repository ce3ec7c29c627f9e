/** An artifact made into functions: the same on workers and in the driver. */
import { AsyncLocalStorage } from "node:async_hooks";
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

/**
 * Marks what runs while a criterion's module is loaded: `minimize` refuses to start there, and only there. Shared by all copies of fanopt in
 * a process, for a bundled criterion may bring its own.
 */
const LOADING = Symbol.for("fanopt.loadingCriterion");
const shared = globalThis as { [LOADING]?: AsyncLocalStorage<true> };

/** Whether the caller runs because a criterion's module is being loaded. */
export function isLoadingCriterion(): boolean {
  return shared[LOADING]?.getStore() === true;
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
  shared[LOADING] ??= new AsyncLocalStorage<true>();
  try {
    return await shared[LOADING].run(
      true,
      async (): Promise<Record<string, unknown>> => import(pathToFileURL(file).href),
    );
  } catch (error) {
    throw new FanoptError(
      "criterion-load",
      `The module of ${content.funName} threw while it was loaded: ${show(error)}`,
      { cause: error },
    );
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
