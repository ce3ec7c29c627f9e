/** The code of captured functions: what the bundler needs of the scripts they come from, and what the bundle then offers to `restore`. */

/** Where something is in the user's files, by source maps where there are any; line and column from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A change of a script's text: offsets from its begin. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A part of a script that is an expression with `before` and `after` around it, once the edits are made. */
export interface CodeFragment {
  readonly before: string;
  readonly start: number;
  readonly end: number;
  readonly edits: readonly TextEdit[];
  readonly after: string;
}

/** How one function is made again: an expression that refers to these variables, and to imports of its script. */
export interface MakerSource {
  readonly fragment: CodeFragment;
  /** Captured variables; local names, each once. */
  readonly variables: readonly string[];
}

/** The functions that were copied from one script. */
export interface CapturedModule {
  /** The script's URL, or what it was called. */
  readonly url: string;
  /** Its file as far as it has one, else one that would be in the working directory: imports are resolved from its folder. */
  readonly file: string;
  /** The text as V8 runs it. */
  readonly text: string;
  /** Whether Node runs it as an ES module: its default import of a CommonJS module is `module.exports` then, whatever `__esModule` says. */
  readonly isModule: boolean;
  /** Where an offset of the text is in the user's files, by the script's source map where it has one. */
  readonly originalPosition: (offset: number) => SourcePosition | null;
  /** Statements that bring the imports that the makers use, with the script's own local names. */
  readonly imports: readonly string[];
  readonly makers: readonly (MakerSource & { readonly index: number })[];
}

/** A module's export that captured values refer to. */
export interface ImportReference {
  /** As in an import: a path relative to `importer`, an absolute path, or a package. */
  readonly specifier: string;
  /** File from whose folder the specifier is resolved. */
  readonly importer: string;
  /** Name of the export; "*" for the namespace. */
  readonly name: string;
  /** Whether it is a property of what `require` returns: the default of a compiled module is another thing for an import. */
  readonly isRequired?: boolean;
}

/** All code behind a capture. */
export interface CapturedCode {
  readonly modules: readonly CapturedModule[];
  readonly references: readonly ImportReference[];
}

/** A function on its way: `create` makes it (once), `bind` gives its captured variables their values, again where they become known later. */
export interface UnboundFunction {
  create(): unknown;
  bind(values: readonly unknown[]): void;
}

/** What the bundle exports as `captured`: everything is made anew by each call of a maker, so that one module serves many artifacts. */
export interface BundledCode {
  /** By the index of the maker. */
  readonly makers: readonly (() => UnboundFunction)[];
  /** By the index of the reference. */
  readonly references: readonly (() => unknown)[];
}
