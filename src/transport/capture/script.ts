/** Static analysis of scripts: what their functions refer to, and how they are made again. */
import { InvalidInputError } from "../../errors.ts";
import type { SourcePosition } from "./captured-code.ts";
import { computedKeys, heritageVariable } from "./class-code.ts";
import { codeName, methodOf } from "./code-range.ts";
import { startsOptimizations } from "./driver-script.ts";
import { type ExportNames, exportNameOf, exportNames } from "./exports.ts";
import { fragmentOf } from "./fragment.ts";
import { freeUses, referencesOf } from "./free-variables.ts";
import type { FunctionCode, ImportBinding, ScriptSource } from "./function-code.ts";
import { importsOf } from "./imports.ts";
import { type InitialValue, initialValues } from "./initial-values.ts";
import { loaderForms } from "./loader-forms.ts";
import { isClass } from "./nodes.ts";
import { syntaxObstacles } from "./obstacles.ts";
import { fileOf, Lines, OriginalPositions } from "./source-position.ts";
import { parseScript, type Syntax, topStatements } from "./syntax.ts";

/** A script as V8 has it. It is parsed when something is first asked of it, once. */
export class Script {
  readonly url: string;
  /** Absolute path; "" for a script that is no file's. */
  readonly file: string;
  readonly text: string;
  /** Whether Node runs it as an ES module. */
  readonly isModule: boolean;
  readonly #source: ScriptSource;
  readonly #codes = new Map<number, FunctionCode>();
  #lines: Lines | undefined;
  #original: OriginalPositions | undefined;
  #syntax: Syntax | undefined;
  #isDriver: boolean | undefined;
  #imports: ReadonlyMap<string, ImportBinding> | undefined;
  #exportNames: ExportNames | undefined;
  #initialValues: ReadonlyMap<string, InitialValue> | undefined;

  constructor(source: ScriptSource) {
    this.#source = source;
    this.url = source.url;
    this.file = fileOf(source.url);
    this.text = source.text;
    this.isModule = source.isModule;
  }

  /**
   * The function or class at V8's [[FunctionLocation]].
   *
   * @param line from 0, as V8 counts: the script's start included.
   * @param column from 0, in UTF-16 units.
   * @throws InvalidInputError where there is none, or the script cannot be parsed.
   */
  functionAt(line: number, column: number): FunctionCode {
    const { startLine, startColumn } = this.#source;
    const row = line - startLine;
    const offset = this.#offsets.offset(row, row === 0 ? column - startColumn : column);
    const known = this.#codes.get(offset);
    if (known !== undefined) return known;
    const code = this.#analyze(offset, `${line + 1}:${column + 1}`);
    this.#codes.set(offset, code);
    return code;
  }

  /** Where an offset is in the file that the script was made from, as its source map says; else where it is in the script. */
  positionAt(offset: number): SourcePosition {
    this.#original ??= new OriginalPositions(this.#source);
    return this.#original.of(this.#offsets.position(offset));
  }

  /** What the text alone says that the variables at its top hold when it has run. */
  get initialValues(): ReadonlyMap<string, InitialValue> {
    this.#initialValues ??= initialValues(this.#syntax?.top.body ?? topStatements(this.#source));
    return this.#initialValues;
  }

  /** Whether it starts optimizations: to be copied from, never imported. */
  get isDriver(): boolean {
    try {
      this.#isDriver ??= startsOptimizations(this.text, () => this.#parsed, this.file);
    } catch {
      // What cannot be read here can still be imported; a run that it starts there is refused.
      this.#isDriver = false;
    }
    return this.#isDriver;
  }

  /** What it imports, by local names. */
  get imports(): ReadonlyMap<string, ImportBinding> {
    this.#imports ??= importsOf(this.#parsed, this.file);
    return this.#imports;
  }

  #analyze(offset: number, position: string): FunctionCode {
    const syntax = this.#parsed;
    const node = syntax.codeByLocation.get(offset);
    if (node === undefined)
      throw new InvalidInputError(
        `No function begins at ${this.url || "a script without a name"}:${position}, though the JavaScript engine says so: its code was changed after it was loaded. Use defineCriterion.`,
      );
    const { uses, edits, obstacles } = loaderForms(freeUses(node, syntax), syntax, this.file);
    const { start, end } = methodOf(node, syntax) ?? node;
    return {
      kind: isClass(node) ? "class" : "function",
      start,
      end,
      name: codeName(node, syntax),
      exportName: exportNameOf(node, this.#exported, syntax),
      references: referencesOf(node, uses, syntax, this.file),
      obstacles: [...syntaxObstacles(node, syntax), ...obstacles].sort((a, b) => a.offset - b.offset),
      fragment: fragmentOf(node, edits, syntax),
      heritage: isClass(node) ? heritageVariable(node) : null,
      computedKeys: isClass(node) ? computedKeys(node) : [],
    };
  }

  get #parsed(): Syntax {
    this.#syntax ??= parseScript(this.#source);
    return this.#syntax;
  }

  get #exported(): ExportNames {
    this.#exportNames ??= exportNames(this.#parsed, this.file);
    return this.#exportNames;
  }

  get #offsets(): Lines {
    this.#lines ??= new Lines(this.text);
    return this.#lines;
  }
}
