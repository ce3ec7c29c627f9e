/** An artifact made into functions: the same on workers and in the driver. */
import { AsyncLocalStorage } from "node:async_hooks";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { FanoptError, show } from "../errors.ts";
import type { BundledCode } from "./capture/captured-code.ts";
import { decode } from "./codec.ts";
import { type ArtifactContent, type ArtifactData, type Callable, codeName } from "./content.ts";
import { restoreFunctions } from "./restore.ts";

type UserFunction = (params: unknown, ...args: unknown[]) => unknown;

/** A user's function and what it takes after the parameters. */
export interface LoadedFunction {
  readonly fun: UserFunction;
  readonly args: readonly unknown[];
}

/** The user's functions and what to make of them. */
export interface LoadedArtifact {
  readonly content: ArtifactContent;
  readonly fun: LoadedFunction;
  /** By name. */
  readonly others: Readonly<Record<string, LoadedFunction>>;
}

/**
 * Marks what runs while a criterion's module is loaded: `minimize` refuses to start there, and only there. Shared by all copies of fanopt in
 * a process, for a bundled criterion may bring its own.
 */
const LOADING = Symbol.for("fanopt.loadingCriterion");
const shared = globalThis as { [LOADING]?: AsyncLocalStorage<true> };

/** Loads a criterion's module, so marked that `minimize` refuses to start in it. */
export function whileLoadingCriterion<R>(load: () => Promise<R>): Promise<R> {
  shared[LOADING] ??= new AsyncLocalStorage<true>();
  return shared[LOADING].run(true, load);
}

/** Whether the caller runs because a criterion's module is being loaded. */
export function isLoadingCriterion(): boolean {
  return shared[LOADING]?.getStore() === true;
}

/**
 * Loads an artifact's code as an ES module, and makes its functions.
 *
 * @param bytes encoded ArtifactContent.
 * @param dataBytes the data part, for an artifact that has one.
 * @throws FanoptError (code "criterion-load") when the module throws or has no such function.
 */
export async function loadArtifact(bytes: Uint8Array, dataBytes: Uint8Array | null = null): Promise<LoadedArtifact> {
  const content = decode(bytes) as ArtifactContent;
  const module = await moduleOf(content);
  const { fun, others, graph } = dataOf(content, dataBytes);
  const captured = graph === null ? [] : restoreFunctions(graph, module.captured as BundledCode);
  const functionOf = (callable: Callable, name: string): LoadedFunction => {
    if ("root" in callable) return { fun: captured[callable.root] as UserFunction, args: [] };
    const value = module[name];
    if (typeof value !== "function")
      throw new FanoptError(
        "criterion-load",
        `The export ${content.funName} must be a function (params, ...args) => value, but is ${show(value)}.`,
      );
    return { fun: value as UserFunction, args: callable.args };
  };
  return {
    content,
    fun: functionOf(fun, "fun"),
    others: Object.fromEntries(Object.entries(others).map(([name, one]) => [name, functionOf(one, name)])),
  };
}

function dataOf({ data: { encoded, part } }: ArtifactContent, bytes: Uint8Array | null): ArtifactData {
  if (part !== null && bytes === null)
    throw new FanoptError("criterion-load", `The criterion's data, ${part}, is not here.`);
  return decode(encoded ?? (bytes as Uint8Array), bytes ?? undefined) as ArtifactData;
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
  // Modules can be imported from files only. Once it is loaded the file has served, also when the process is killed later.
  const folder = mkdtempSync(join(tmpdir(), "fanopt-"));
  const file = join(folder, `criterion-${name}.mjs`);
  try {
    writeFileSync(file, content.code);
    return await whileLoadingCriterion<Record<string, unknown>>(() => import(pathToFileURL(file).href));
  } catch (error) {
    throw new FanoptError(
      "criterion-load",
      `The module of ${content.funName} threw while it was loaded: ${error instanceof Error ? `${error.name}: ${error.message}` : show(error)}`,
      { cause: error },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
