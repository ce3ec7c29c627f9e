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

/** Loads an artifact's code as an ES module. Throws FanoptError (code "criterion-load") when the module throws or has no such function. */
export async function loadArtifact(bytes: Uint8Array): Promise<LoadedArtifact> {
  const content = decode(bytes) as ArtifactContent;
  const module = await moduleOf(content);
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

/** Modules by `codeName`: the same code with other data is the same module. */
const modules = new Map<string, Promise<Record<string, unknown>>>();

function moduleOf(content: ArtifactContent): Promise<Record<string, unknown>> {
  const name = codeName(content.code);
  const known = modules.get(name);
  if (known !== undefined) return known;
  const loading = importCode(name, content);
  modules.set(name, loading);
  loading.catch(() => modules.delete(name));
  return loading;
}

async function importCode(name: string, content: ArtifactContent): Promise<Record<string, unknown>> {
  shared[LOADING] ??= new AsyncLocalStorage<true>();
  // Modules can be imported from files only. Once it is loaded the file has served, also when the process is killed later.
  const folder = mkdtempSync(join(tmpdir(), "fanopt-"));
  const file = join(folder, `criterion-${name}.mjs`);
  try {
    writeFileSync(file, content.code);
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
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
