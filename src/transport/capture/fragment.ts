/** The expression that makes a function or class again. */

import type { CodeFragment, TextEdit } from "./captured-code.ts";
import { keyName, staticInitializers } from "./class-code.ts";
import { codeName, methodOf } from "./code-range.ts";
import { type CodeNode, isClass } from "./nodes.ts";
import type { Syntax } from "./syntax.ts";

/** @param edits changes of the code that loaders' forms need. */
export function fragmentOf(code: CodeNode, edits: readonly TextEdit[], syntax: Syntax): CodeFragment {
  const { start, end } = code;
  const all = [...ownEdits(code), ...edits].sort((a, b) => a.start - b.start);
  const method = methodOf(code, syntax);
  if (method !== null) {
    const key = JSON.stringify(keyName(method) ?? "");
    const { async, generator } = method.value as { async: boolean; generator: boolean };
    const kind = `${async ? "async " : ""}${generator ? "*" : ""}`;
    if (method.kind !== "get" && method.kind !== "set")
      return { before: `({ ${kind}${key}`, start, end, edits: all, after: ` })[${key}]` };
    const before = `Object.getOwnPropertyDescriptor({ ${method.kind} ${key}`;
    return { before, start, end, edits: all, after: ` }, ${key}).${method.kind}` };
  }
  // A property gives its name to what has none.
  const name = codeName(code, syntax);
  const key = JSON.stringify(name);
  // As a plain key that one would set the prototype.
  const property = name === "__proto__" ? `[${key}]` : key;
  return { before: `({ ${property}: `, start, end, edits: all, after: ` })[${key}]` };
}

function ownEdits(code: CodeNode): TextEdit[] {
  // A semicolon stays: without one the members around it might become one.
  if (isClass(code)) return staticInitializers(code).map(({ start, end }) => ({ start, end, text: ";" }));
  // The name of a declaration belongs to the scope around it, and may have got another value there.
  if (code.type === "FunctionDeclaration" && code.id != null) {
    const { start, end } = code.id;
    return [{ start, end, text: "" }];
  }
  return [];
}
