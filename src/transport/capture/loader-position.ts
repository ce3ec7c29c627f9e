/** Positions in the user's files as a loader tells them: test runners keep source maps to themselves, and map stacks by `Error.prepareStackTrace`. */
import type { SourcePosition } from "./captured-code.ts";

type Prepare = (error: Error, sites: readonly object[]) => unknown;

/** What a loader may ask of a frame of a stack. */
const FRAME = {
  getThis: () => undefined,
  getTypeName: () => null,
  getFunction: () => undefined,
  getFunctionName: () => null,
  getMethodName: () => null,
  getEvalOrigin: () => undefined,
  getPromiseIndex: () => null,
  getScriptHash: () => "",
  isToplevel: () => true,
  isEval: () => false,
  isNative: () => false,
  isConstructor: () => false,
  isAsync: () => false,
  isPromiseAll: () => false,
};

/** null where no loader has anything to say. Lines and columns from 1. */
export function loaderPosition(file: string, line: number, column: number): SourcePosition | null {
  const frame = Object.create({
    ...FRAME,
    getFileName: () => file,
    getScriptNameOrSourceURL: () => file,
    getLineNumber: () => line,
    getColumnNumber: () => column,
    getEnclosingLineNumber: () => line,
    getEnclosingColumnNumber: () => column,
    getPosition: () => 0,
    toString: () => `${file}:${line}:${column}`,
  }) as object;
  for (const prepare of preparers()) {
    const [, found, foundLine, foundColumn] =
      /(?:file:\/\/)?(\/.*|[A-Za-z]:[\\/].*):(\d+):(\d+)\)?$/m.exec(stackBy(prepare, frame)) ?? [];
    if (found !== undefined) return { file: found, line: Number(foundLine), column: Number(foundColumn) };
  }
  return null;
}

/** Of this realm and, where a test runner has made another one, of the main one. */
function preparers(): Prepare[] {
  const preparers: unknown[] = [(Error as { prepareStackTrace?: unknown }).prepareStackTrace];
  try {
    const main = (process.constructor.constructor as FunctionConstructor)("return Error")() as {
      prepareStackTrace?: unknown;
    };
    preparers.push(main.prepareStackTrace);
  } catch {
    // Code from strings is forbidden here.
  }
  return preparers.filter((prepare): prepare is Prepare => typeof prepare === "function");
}

/** "" for a program's own use of it. */
function stackBy(prepare: Prepare, frame: object): string {
  try {
    const stack = prepare(new Error("position"), [frame]);
    return typeof stack === "string" ? stack : "";
  } catch {
    return "";
  }
}
