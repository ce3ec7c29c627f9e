/** Scripts as texts, with a mark where V8 would say that the function begins. */
import type { FunctionCode, Reference, ScriptSource } from "../../../src/transport/capture/function-code.ts";
import { Script } from "../../../src/transport/capture/script.ts";
import { fragmentText } from "./inspected.ts";

const MARK = "/*@*/";

export interface Marked {
  readonly script: Script;
  readonly code: FunctionCode;
  /** The expression that makes it again. */
  readonly made: string;
  readonly names: string[];
  reference(name: string): Reference;
}

export interface MarkedOptions {
  readonly isModule?: boolean;
  readonly url?: string;
}

export function sourceOf(
  text: string,
  { isModule = true, url = "file:///project/model.js" }: MarkedOptions = {},
): ScriptSource {
  return { url, text, isModule, startLine: 0, startColumn: 0, sourceMapURL: "" };
}

/** The code after the mark: before an arrow, a class, or the "(" of a function's parameters. */
export function marked(text: string, options: MarkedOptions = {}): Marked {
  return at(text, text.indexOf(MARK) + MARK.length, options);
}

/** The code at an offset. */
export function at(text: string, offset: number, options: MarkedOptions = {}): Marked {
  const script = new Script(sourceOf(text, options));
  const before = text.slice(0, offset).split("\n");
  const code = script.functionAt(before.length - 1, before[before.length - 1].length);
  return {
    script,
    code,
    made: fragmentText(code, text),
    names: code.references.map(({ name }) => name).sort(),
    reference: (name) => {
      const found = code.references.find((reference) => reference.name === name);
      if (found === undefined) throw new Error(`No reference ${name}.`);
      return found;
    },
  };
}
