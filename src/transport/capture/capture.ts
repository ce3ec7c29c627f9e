/** Functions of this process, with all that they refer to, made ready for a worker. */

import { nameOf } from "../function-name.ts";
import type { CapturedCode } from "./captured-code.ts";
import { CapturedFunctions } from "./captured-functions.ts";
import { type CapturedVariable, CapturedVariables } from "./captured-variables.ts";
import type { CapturedGraph, GraphReference } from "./graph.ts";
import { GraphBuilder } from "./graph-builder.ts";
import { Inspector } from "./inspector.ts";
import { Known } from "./known.ts";
import { ModuleSecrets } from "./module-secrets.ts";
import { privateMethods } from "./private-methods.ts";
import { ownersOf } from "./prototype-chain.ts";

export interface Capture {
  readonly graph: CapturedGraph;
  readonly code: CapturedCode;
  /** Variables that were copied. */
  readonly variables: () => readonly CapturedVariable[];
  /** What may be other on a worker than here; whole sentences. */
  readonly warnings: readonly string[];
}

/**
 * Captures functions with what they refer to at this moment, all in one graph: what they share stays shared.
 *
 * @throws InvalidInputError naming the variable's path, why it cannot be sent, file:line:column, and what to do instead.
 */
export function captureFunctions(given: readonly ((...args: never[]) => unknown)[]): Capture {
  const inspector = Inspector.open();
  const known = new Known();
  try {
    for (;;) {
      const before = known.size;
      const captured = capture(given, inspector, known);
      // Warnings take a look at each imported module: for what is sent, not for what is gone through again.
      if (known.size === before) return { ...captured, warnings: captured.warnings() };
    }
  } finally {
    inspector.close();
  }
}

interface Attempt extends Omit<Capture, "warnings"> {
  readonly warnings: () => Capture["warnings"];
}

function capture(given: readonly ((...args: never[]) => unknown)[], inspector: Inspector, known: Known): Attempt {
  const variables = new CapturedVariables();
  const functions: CapturedFunctions = new CapturedFunctions(inspector, variables, known, () => builder);
  const secrets = new ModuleSecrets(inspector, (owner) => functions.isImported(owner));
  const builder = new GraphBuilder({
    functionNode: (fun, path) => functions.functionNode(fun, path),
    imported: (object) => functions.imported(object),
    secretOf: (instance) => secrets.reasonFor(instance),
    privateNames: (object) => privateNames(object, inspector),
    isInternal: (fun) => functions.isInternal(fun),
    isMethodOf: (owner, method) => functions.isMethodOf(owner, method),
  });
  for (const fun of given) functions.give(fun);
  const roots = given.map((fun) => {
    const name = nameOf(fun);
    const path = { text: name === "" ? "the function" : `function ${name}`, position: null };
    return builder.value(fun, path) as GraphReference;
  });
  const nodes = builder.finish();
  variables.rejectShared();
  return {
    graph: { nodes, roots },
    code: functions.code,
    variables: () => variables.list(nodes),
    warnings: () => [...variables.warnings, ...functions.warnings],
  };
}

/** Of fields, and of the methods of its classes where there are no fields. */
function privateNames(object: object, inspector: Inspector): readonly string[] {
  const fields = inspector.privateNames(object);
  if (fields.length > 0) return fields;
  return [...ownersOf(object)].flatMap(privateMethods);
}
