/** What V8 says of functions of this process, and what `Script` makes of it. */
import { type Debugger, Session } from "node:inspector";
import type { FunctionCode, ScriptSource } from "../../../src/transport/capture/function-code.ts";
import { Script } from "../../../src/transport/capture/script.ts";

export interface Inspected {
  readonly source: ScriptSource;
  readonly line: number;
  readonly column: number;
}

/** The script and [[FunctionLocation]] of each function. */
export function inspect(functions: readonly unknown[]): Inspected[] {
  const session = new Session();
  session.connect();
  const scripts = new Map<string, Debugger.ScriptParsedEventDataType>();
  session.on("Debugger.scriptParsed", ({ params }) => scripts.set(params.scriptId, params));
  const ask = <T>(method: string, params: object = {}): T => {
    let answer: unknown;
    session.post(method, params, (error, result) => {
      if (error !== null) throw new Error(`${method}: ${JSON.stringify(error)}`);
      answer = result;
    });
    return answer as T;
  };
  const holder = Symbol("inspected functions");
  try {
    ask("Debugger.enable");
    Object.assign(process, { [holder]: functions });
    return functions.map((_, index) => {
      const { result: list } = ask<{ result: { objectId: string } }>("Runtime.evaluate", {
        expression: `process[Object.getOwnPropertySymbols(process).find((key) => key.description === "inspected functions")][${index}]`,
      });
      const { internalProperties } = ask<{
        internalProperties: { name: string; value: { value: Debugger.Location } }[];
      }>("Runtime.getProperties", { objectId: list.objectId, ownProperties: true });
      const found = internalProperties.find(({ name }) => name === "[[FunctionLocation]]");
      if (found === undefined) throw new Error("V8 knows no location of it.");
      const { scriptId, lineNumber, columnNumber = 0 } = found.value.value;
      const script = scripts.get(scriptId);
      if (script === undefined) throw new Error(`V8 knows no script ${scriptId}.`);
      const { scriptSource } = ask<{ scriptSource: string }>("Debugger.getScriptSource", { scriptId });
      const { url, isModule = false, startLine, startColumn, sourceMapURL = "" } = script;
      const source = { url, text: scriptSource, isModule, startLine, startColumn, sourceMapURL };
      return { source, line: lineNumber, column: columnNumber };
    });
  } finally {
    session.disconnect();
    Reflect.deleteProperty(process, holder);
  }
}

/** The code of a function of this process, found by V8's location. */
export function codeOf(fun: unknown): { code: FunctionCode; script: Script } {
  const [{ source, line, column }] = inspect([fun]);
  const script = new Script(source);
  return { code: script.functionAt(line, column), script };
}

/** The text of the expression that makes a function again. */
export function fragmentText({ fragment }: FunctionCode, text: string): string {
  const { before, start, end, edits, after } = fragment;
  let at = start;
  let body = "";
  for (const edit of edits) {
    body += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return before + body + text.slice(at, end) + after;
}
