/** What static analysis tells about one function of a script. */
import type { CodeFragment } from "./captured-code.ts";

/** A script as V8 has it. */
export interface ScriptSource {
  readonly url: string;
  readonly text: string;
  readonly isModule: boolean;
  /** Where the text begins, from 0, for V8's positions: wrappers of loaders are counted so. */
  readonly startLine: number;
  readonly startColumn: number;
  /** What follows `//# sourceMappingURL=`; "" when there is none. */
  readonly sourceMapURL: string;
}

/** How a script came by a name from another module. */
export interface ImportBinding {
  /** As written: relative, bare, with #, a path. */
  readonly specifier: string;
  /** Name of the export; "*" for the namespace or what `require` returned. */
  readonly imported: string;
  /** The statement that brings the local name, for a module that esbuild bundles. */
  readonly statement: string;
}

/** Where a variable is declared. */
export interface Declaration {
  /** Offset of the name in its script: the same declaration has the same. */
  readonly offset: number;
  readonly kind: "import" | "const" | "let" | "var" | "function" | "class" | "parameter" | "catch";
  /**
   * Whether it gets another value after its first, as far as the text says. A `let` without initial value that is assigned once, outside loops and
   * inner functions, is not; nor is the variable of a `for` whose header alone counts it up.
   */
  readonly isReassigned: boolean;
  /** Of kind import, and of variables that hold what `require` or a loader's import returned. */
  readonly import?: ImportBinding;
}

/** A free variable of a function. */
export interface Reference {
  readonly name: string;
  /** Offset of its first use. */
  readonly offset: number;
  /** null: no script declares it, so it is global. */
  readonly declaration: Declaration | null;
  /** Whether the function itself, or one inside it, assigns to it. */
  readonly isWritten: boolean;
  /** Whether a class reads it when it is defined: in its heritage or in a computed key. */
  readonly isEarly: boolean;
  /** Properties that are read of it by name where it is used (`globalThis.limit`, `process.env`), with the offset of the first; "*" for a computed one. */
  readonly properties: ReadonlyMap<string, number>;
}

/** Something in a function that cannot be taken to another process. */
export interface Obstacle {
  readonly kind:
    | "outer-this"
    | "outer-arguments"
    | "outer-new-target"
    | "super"
    | "private-name"
    | "import-meta"
    | "file-name"
    | "direct-eval"
    | "computed-import"
    | "with"
    | "static-private";
  /** Offset in the script. */
  readonly offset: number;
  /** The text there: `import.meta.url`, `__dirname`, `#count`. */
  readonly text: string;
}

/** One function or class, as its text tells. */
export interface FunctionCode {
  readonly kind: "function" | "class";
  /** Offset of its first character: the same code has the same. */
  readonly start: number;
  readonly end: number;
  /** The name in the text, or of the variable or property it is given to; "" when there is none. */
  readonly name: string;
  /** Name under which the script exports it; null when it is not exported, or is not at the script's top. */
  readonly exportName: string | null;
  readonly references: readonly Reference[];
  readonly obstacles: readonly Obstacle[];
  /**
   * The expression that makes it again. Static fields and static blocks of a class are left out: their present values travel as properties. A class
   * has its heritage and computed keys as they are.
   */
  readonly fragment: CodeFragment;
  /** The variable that a class extends; null where it extends none, or an expression. */
  readonly heritage: string | null;
  /** Variables that name methods of a class, `[name]() {}`, with the `start` of the method's code. */
  readonly computedKeys: readonly { readonly variable: string; readonly start: number }[];
}
