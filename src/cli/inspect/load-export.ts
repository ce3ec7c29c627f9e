import { setImmediate as nextTurn } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { FanoptError, InvalidInputError, show } from "../../errors.ts";
import { unknownName } from "../../suggest.ts";
import { whileLoadingCriterion } from "../../transport/load.ts";
import type { Target } from "./target.ts";

/** The command by which tsx runs this one. */
const BY_TSX = "npx tsx node_modules/.bin/fanopt inspect";

/**
 * Loads a module as workers do, so that it cannot start an optimization, and takes the function that it exports.
 *
 * @throws InvalidInputError where the module cannot be loaded, throws, lacks the export, or exports something else under the name.
 */
export async function loadExport(target: Target): Promise<unknown> {
  const exports = exportsOf(await load(target));
  const { name, exportName } = target;
  const known = Object.keys(exports);
  if (known.length === 0) throw new InvalidInputError(`fanopt inspect: ${name} exports nothing.`);
  if (!known.includes(exportName)) {
    const which = exportName === "default" ? ` Name one: fanopt inspect ${name}#${known[0]}` : "";
    throw new InvalidInputError(
      `${unknownName(`export ${exportName}`, exportName, known, `fanopt inspect: ${name}`)}${which}`,
    );
  }
  const value = exports[exportName];
  if (typeof value !== "function")
    throw new InvalidInputError(
      `fanopt inspect: the export ${exportName} of ${name} must be a function (params) => value, but is ${show(value)}.`,
    );
  return value;
}

/** What a module prints while it is loaded goes to standard error: standard output is the report's. */
async function load(target: Target): Promise<Record<string, unknown>> {
  const { stdout, stderr } = process;
  const write = stdout.write;
  stdout.write = stderr.write.bind(stderr) as typeof write;
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  process.on("unhandledRejection", fail);
  try {
    return await Promise.race([failed, whileLoadingCriterion(() => importFile(target))]);
  } catch (error) {
    throw new InvalidInputError(`fanopt inspect: ${target.name} cannot be loaded: ${reasonOf(error, target)}`, {
      cause: error,
    });
  } finally {
    process.off("unhandledRejection", fail);
    stdout.write = write;
  }
}

async function importFile({ file }: Target): Promise<Record<string, unknown>> {
  const module: Record<string, unknown> = await import(pathToFileURL(file).href);
  // Promises that nobody waits for are known to have failed by then.
  await nextTurn();
  return module;
}

/** By name. Of CommonJS that was compiled from an ES module, what that exports. */
function exportsOf(module: Record<string, unknown>): Readonly<Record<string, unknown>> {
  const { "module.exports": _, ...exports } = module;
  const { default: original } = exports;
  const isCompiled =
    typeof original === "object" && original !== null && (original as { __esModule?: unknown }).__esModule === true;
  return isCompiled ? { ...(original as Record<string, unknown>) } : exports;
}

function reasonOf(error: unknown, target: Target): string {
  if (error instanceof FanoptError) return error.message;
  if (!(error instanceof Error)) return `it threw ${show(error)}, which is not an Error.`;
  const remedy = remedyOf(error, target);
  if (remedy !== undefined) return `${error.message}${placeOf(error)}. ${remedy}`;
  return stackOf(error);
}

/** An error's stack as far as it is in the user's files. */
function stackOf({ name, message, stack = `${name}: ${message}` }: Error): string {
  const lines = stack.split("\n");
  const own = lines.findIndex((line) => line.includes(import.meta.url));
  const above = own < 0 ? lines : lines.slice(0, own);
  return above.filter((line) => !/^ +at .*\bnode:internal\//.test(line)).join("\n");
}

/** What to do where Node.js, unlike tsx or a bundler, does not run TypeScript as it is. */
function remedyOf(error: Error, { name, file, exportName }: Target): string | undefined {
  if (!/\.[cm]?tsx?$/.test(file)) return undefined;
  const byTsx = `${BY_TSX} ${name}${exportName === "default" ? "" : `#${exportName}`}`;
  switch ((error as { code?: unknown }).code) {
    case "ERR_UNKNOWN_FILE_EXTENSION":
      return `Node.js ${process.versions.node} does not run such files as they are. Where tsx is installed: ${byTsx}`;
    case "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX":
      return `Node.js can only leave types out. Where tsx is installed: ${byTsx}`;
    case "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING":
      return `Node.js runs no TypeScript in node_modules. Where tsx is installed: ${byTsx}`;
    case "ERR_MODULE_NOT_FOUND":
    case "ERR_UNSUPPORTED_DIR_IMPORT":
      return `Node.js wants file names with their endings, and does not know tsconfig's paths. If tsx runs this file: ${byTsx}`;
    default:
      return undefined;
  }
}

/** ` (file:line)`, which the parser puts before the stack of what it refuses. */
function placeOf({ stack = "" }: Error): string {
  const [, place] = /^((?:file:|[/\\]|[A-Za-z]:).*:\d+)$/m.exec(stack.split("\n", 1).join("")) ?? [];
  return place === undefined ? "" : ` (${place})`;
}
