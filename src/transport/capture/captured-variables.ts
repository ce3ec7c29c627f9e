/** What is said about captured variables: what each holds, which may be other on a worker, which cannot be shared. */
import { types } from "node:util";
import { show } from "../../errors.ts";
import { nameOf } from "../function-name.ts";
import type { SourcePosition } from "./captured-code.ts";
import type { Declaration, ImportBinding, Reference } from "./function-code.ts";
import type { GraphNode, GraphValue } from "./graph.ts";
import { sizeOf } from "./graph-size.ts";
import { patchedBuiltIns } from "./patched-built-ins.ts";
import type { ValuePath } from "./path.ts";
import { at, refusal } from "./refusal.ts";
import type { Script } from "./script.ts";

/** A variable that was copied, for `inspectCriterion`. */
export interface CapturedVariable {
  /** Name in its script. */
  readonly name: string;
  /** Of the function that uses it; "" for one without a name. */
  readonly usedBy: string;
  readonly position: SourcePosition | null;
  /** What it is: "Float64Array [1, 2, … 1000 in all]", "function simulate". */
  readonly value: string;
  /** Bytes of typed arrays, strings and numbers that came along with it and with no variable before. */
  readonly bytes: number;
}

/** One function's use of a variable. */
export interface Use {
  readonly fun: { readonly name: string };
  readonly script: Script;
  readonly reference: Reference;
  /** null for what stands on globalThis. */
  readonly declaration: Declaration | null;
  readonly value: unknown;
  readonly sent: GraphValue;
  readonly path: ValuePath;
}

export class CapturedVariables {
  readonly #uses: Use[] = [];
  readonly #warnings = new Map<string, string>();

  /** What may be other on a worker than here; whole sentences, each once. */
  get warnings(): readonly string[] {
    return [...this.#warnings.values()];
  }

  /** A variable was copied. */
  note(use: Use): void {
    this.#uses.push(use);
    const { declaration, script, path, value, reference } = use;
    if (value === process || value === process.env) this.#noteEnvironment(reference.offset, script);
    if (declaration?.isReassigned !== true || typeof value === "function") return;
    this.#warn(`${script.url} ${declaration.offset}`, () => {
      const place = at(script.positionAt(declaration.offset));
      // Numbers only: texts and objects may be secrets, and warnings are logged.
      const told = ["number", "boolean", "bigint"].includes(typeof value) ? `, ${show(value)}` : "";
      return `${path.text}${place} is assigned to more than once: workers have the value that it had when the function was sent${told}.`;
    });
  }

  /** A name that every Node has is used. */
  noteStandard(reference: Reference, script: Script): void {
    const { name, properties, offset } = reference;
    if (name === "process") this.#noteEnvironment(properties.get("env"), script);
    for (const patched of patchedBuiltIns(reference))
      this.#warn(
        `built-in ${patched}`,
        () =>
          `${patched}${at(script.positionAt(offset))} was replaced by this program: workers have JavaScript's own. Pass the function that is meant to the ` +
          "one that uses it, or capture it in a variable.",
      );
  }

  noteImport({ properties, offset }: Reference, { specifier, imported }: ImportBinding, script: Script): void {
    if (!/^(node:)?process$/.test(specifier)) return;
    this.#noteEnvironment(imported === "env" ? offset : properties.get("env"), script);
  }

  /** Something that the driver put on globalThis is used. */
  noteGlobal(name: string, path: ValuePath): void {
    this.#warn(
      `global ${name}`,
      () =>
        `${name}${at(path.position)} was put on globalThis by this program: workers have the value that it had when the function was sent.`,
    );
  }

  #noteEnvironment(offset: number | undefined, script: Script): void {
    if (offset === undefined) return;
    this.#warn(
      "process.env",
      () =>
        `process.env${at(script.positionAt(offset))} is read on the worker, which has an environment of its own: on Lambda without this program's ` +
        "variables, elsewhere as it was when the worker started. Take what is needed into a variable outside of the function.",
    );
  }

  #warn(key: string, text: () => string): void {
    if (!this.#warnings.has(key)) this.#warnings.set(key, text());
  }

  /**
   * Throws where two functions may share a variable that one of them writes: V8 does not tell whether two closures have the same variable or one
   * each, and on a worker they would have one each.
   */
  rejectShared(): void {
    const byDeclaration = new Map<string, Use[]>();
    for (const use of this.#uses) {
      if (use.declaration?.isReassigned !== true) continue;
      const key = `${use.script.url} ${use.declaration.offset}`;
      byDeclaration.set(key, [...(byDeclaration.get(key) ?? []), use]);
    }
    for (const uses of byDeclaration.values()) {
      for (const writer of uses.filter(({ reference }) => reference.isWritten)) {
        const other = uses.find((use) => use.fun !== writer.fun && Object.is(use.value, writer.value));
        if (other !== undefined) throw sharedVariable(writer, other);
      }
    }
  }

  /** All that were copied, with sizes. */
  list(nodes: readonly GraphNode[]): CapturedVariable[] {
    const counted = new Set<number>();
    return this.#uses.map(({ fun, reference, path, value, sent }) => ({
      name: reference.name,
      usedBy: nameOf(fun),
      position: path.position,
      value: describe(value),
      bytes: sizeOf(sent, nodes, counted),
    }));
  }
}

/** Without running any of the value's own code, such as getters. */
function describe(value: unknown): string {
  const isPlain = typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
  if (!isPlain) return typeof value === "function" ? `function ${nameOf(value)}`.trim() : show(value);
  const prototype = types.isProxy(value) ? null : (Object.getPrototypeOf(value) as object | null);
  const owner: unknown = prototype === null ? null : Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  const name = typeof owner === "function" ? nameOf(owner) : "";
  if (name !== "" && name !== "Object") return `an instance of ${name}`;
  const keys = Object.keys(value);
  return `{ ${keys.slice(0, 4).join(", ")}${keys.length > 4 ? `, … ${keys.length} in all` : ""} }`;
}

function sharedVariable(writer: Use, other: Use): Error {
  const name = (use: Use) => nameOf(use.fun) || "a function without a name";
  const place = at(other.script.positionAt(other.reference.offset));
  return refusal(writer.path, {
    why: `is changed by ${name(writer)} and used by ${name(other)}${place} too: whether both have the same variable cannot be told, and on a worker each would have its own`,
    remedy:
      "Keep the value in an object, which stays shared (const state = { count: 0 }), or make both functions inside the criterion.",
  });
}
