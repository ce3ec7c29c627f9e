/** The functions that compilers put around `require`, so that CommonJS modules look like ES modules: TypeScript's, esbuild's, Babel's and swc's. */
import type { AnyNode, CallExpression } from "acorn";
import { requiredSpecifier } from "./module-calls.ts";
import { nodeOf, type Syntax } from "./syntax.ts";

/** `__importStar(require("…"))`. */
export interface InteropCall {
  readonly specifier: string;
  /** The helper, written out: an expression that can be called in its place. */
  readonly helper: string;
}

/** TypeScript's, Babel's and swc's for a default import. */
const DEFAULT = "((m) => m && m.__esModule ? m : { default: m })";

/** TypeScript's, Babel's and swc's for a namespace. */
const STAR =
  "((m) => { if (m && m.__esModule) return m; const n = {}; if (m != null) for (const k of Object.getOwnPropertyNames(m)) " +
  'if (k !== "default") Object.defineProperty(n, k, { enumerable: true, get: () => m[k] }); ' +
  'return Object.defineProperty(n, "default", { enumerable: true, value: m }); })';

/** esbuild's. With a second argument the module's own "default" is left aside, as Node does. */
const TO_ESM =
  "((m, asNode) => { const n = m != null ? Object.create(Object.getPrototypeOf(m)) : {}; " +
  'if (asNode || !m || !m.__esModule) Object.defineProperty(n, "default", { value: m, enumerable: true }); ' +
  'if (m !== null && (typeof m === "object" || typeof m === "function")) for (const k of Object.getOwnPropertyNames(m)) ' +
  "if (!Object.hasOwn(n, k)) Object.defineProperty(n, k, { get: () => m[k], enumerable: Object.getOwnPropertyDescriptor(m, k).enumerable }); " +
  "return n; })";

/** A call of such a function with what `require` returned; null for anything else. */
export function interopCall(node: AnyNode, syntax: Syntax): InteropCall | null {
  if (node.type !== "CallExpression" || node.arguments.length === 0) return null;
  const specifier = requiredSpecifier(node.arguments[0], syntax);
  const helper = specifier === null ? null : helperOf(node, syntax);
  return specifier === null || helper === null ? null : { specifier, helper };
}

function helperOf({ callee }: CallExpression, syntax: Syntax): string | null {
  const { text } = syntax;
  const definition = callee.type === "Identifier" ? syntax.useOf.get(callee)?.variable?.defs[0] : undefined;
  const written = text.slice(callee.start, callee.end);
  // Minified ones are known by what they do.
  const node = definition === undefined ? null : nodeOf(definition.node);
  const source = node === null ? "" : text.slice(node.start, node.end);
  for (const known of [written, source]) {
    if (/__importDefault|interop_?require_?default/i.test(known)) return DEFAULT;
    if (/__importStar|interop_?require_?wildcard/i.test(known)) return STAR;
    if (/\b__toESM\b/.test(known)) return TO_ESM;
  }
  if (/__esModule\s*\?\s*[\w$]+\s*:\s*\{\s*"?default"?\s*:\s*[\w$]+\s*\}/.test(source)) return DEFAULT;
  return source.includes("__esModule") && source.includes('"default"') ? TO_ESM : null;
}
