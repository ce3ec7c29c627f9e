/** Captured code as modules that esbuild bundles: one a script, with the script's imports, resolved as if written in its file. */
import { dirname } from "node:path";
import type { OnLoadResult, Plugin } from "esbuild";
import MagicString, { Bundle as Concatenation } from "magic-string";
import type {
  CapturedCode,
  CapturedModule,
  CodeFragment,
  ImportReference,
  MakerSource,
} from "../capture/captured-code.ts";
import { scriptName } from "./captured-script.ts";

const NAMESPACE = "fanopt-captured";

/** Statements of the entry that export `captured`, a `BundledCode`. */
export function captureExport(code: CapturedCode): string {
  const makers: string[] = [];
  const references: string[] = [];
  const imports = code.modules.map((module, i) => {
    module.makers.forEach(({ index }, position) => {
      makers[index] = `m${i}[${position}]`;
    });
    return `import m${i} from "${NAMESPACE}:${moduleName(module, i)}";`;
  });
  importersOf(code).forEach((importer, i) => {
    imports.push(`import r${i} from "${NAMESPACE}:references-${i}.mjs";`);
    referencesFrom(code, importer).forEach((reference, position) => {
      references[code.references.indexOf(reference)] = `r${i}[${position}]`;
    });
  });
  return `${imports.join("\n")}\nexport const captured = { makers: [${makers}], references: [${references}] };`;
}

/** The modules that `captureExport` imports, by name. */
export function capturedModules(code: CapturedCode): ReadonlyMap<string, OnLoadResult> {
  const modules = new Map<string, OnLoadResult>();
  code.modules.forEach((module, i) => {
    modules.set(moduleName(module, i), load(scriptText(module, i), module.file));
  });
  importersOf(code).forEach((importer, i) => {
    modules.set(`references-${i}.mjs`, load(referencesText(referencesFrom(code, importer)), importer));
  });
  return modules;
}

/** Gives esbuild the modules. */
export function capturedPlugin(modules: ReadonlyMap<string, OnLoadResult>): Plugin {
  return {
    name: NAMESPACE,
    setup(build) {
      build.onResolve({ filter: /^fanopt-captured:/ }, ({ path }) => ({
        path: path.slice(NAMESPACE.length + 1),
        namespace: NAMESPACE,
      }));
      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => modules.get(path));
    },
  };
}

/** The file behind a name that esbuild gives one of the modules; undefined for any other name. */
export function capturedFile(code: CapturedCode | null, name: string): string | undefined {
  const [, index] = /^fanopt-captured:references-(\d+)\.mjs$/.exec(name) ?? [];
  if (code !== null && index !== undefined) return importersOf(code)[Number(index)];
  return capturedModule(code, name)?.file;
}

/** The script behind a name that esbuild gives one of the modules. */
export function capturedModule(code: CapturedCode | null, name: string): CapturedModule | undefined {
  const [, index] = /^fanopt-captured:module-(\d+)\.m?js$/.exec(name) ?? [];
  return index === undefined ? undefined : code?.modules[Number(index)];
}

/** By the ending esbuild knows whether the default import of a CommonJS module is Node's or Babel's. */
function moduleName({ isModule }: CapturedModule, index: number): string {
  return `module-${index}.${isModule ? "mjs" : "js"}`;
}

function importersOf({ references }: CapturedCode): string[] {
  return [...new Set(references.map(({ importer }) => importer))];
}

function referencesFrom({ references }: CapturedCode, file: string): ImportReference[] {
  return references.filter(({ importer }) => importer === file);
}

function load(contents: string, file: string): OnLoadResult {
  return { contents, loader: "js", resolveDir: dirname(file) };
}

function referencesText(references: readonly ImportReference[]): string {
  const imports = references.map(({ specifier, name, isRequired = false }, i) => {
    if (isRequired) return `const r${i} = require(${JSON.stringify(specifier)})[${JSON.stringify(name)}];`;
    const what = name === "*" ? `* as r${i}` : `{ ${JSON.stringify(name)} as r${i} }`;
    return `import ${what} from ${JSON.stringify(specifier)};`;
  });
  return `${imports.join("\n")}\nexport default [${references.map((_, i) => `() => r${i}`).join(", ")}];`;
}

/** The script's imports and makers, with a map to its text. */
function scriptText(module: CapturedModule, index: number): string {
  const text = new Concatenation({ separator: "" });
  text.append(`${module.imports.join("\n")}\nexport default [`);
  for (const maker of module.makers) {
    const { before, after } = makerFrame(maker);
    const expression = fragmentOf(module.text, maker.fragment).prepend(before).append(after);
    text.addSource({ filename: scriptName(index), content: expression, separator: "" });
  }
  text.append("];");
  const map = text.generateMap({ hires: "boundary", includeContent: false });
  return `${text}\n//# sourceMappingURL=${map.toUrl()}`;
}

/** Around a maker's expression: everything that it makes is fresh at each call. */
function makerFrame({ variables }: MakerSource): { before: string; after: string } {
  let values = "values";
  while (variables.includes(values)) values += "_";
  const declaration = variables.length === 0 ? "" : `let ${variables.join(", ")}; `;
  const bind = variables.length === 0 ? "() => {}" : `(${values}) => { [${variables.join(", ")}] = ${values}; }`;
  return { before: `() => { ${declaration}return { create: () => (`, after: `\n), bind: ${bind} }; },\n` };
}

function fragmentOf(text: string, { before, start, end, edits, after }: CodeFragment): MagicString {
  const whole = new MagicString(text);
  for (const edit of edits) {
    if (edit.start < edit.end && edit.text === "") whole.remove(edit.start, edit.end);
    else if (edit.start < edit.end) whole.update(edit.start, edit.end, edit.text);
  }
  // What is inserted at the begin belongs to what follows: what is before it goes.
  for (const edit of edits) {
    if (edit.start < edit.end) continue;
    if (edit.start === start) whole.appendRight(edit.start, edit.text);
    else whole.appendLeft(edit.start, edit.text);
  }
  return whole.snip(start, end).prepend(before).append(after);
}
