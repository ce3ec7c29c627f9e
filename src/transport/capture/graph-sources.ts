import type { GraphNode } from "./graph.ts";
import type { ValuePath } from "./path.ts";
import type { Reason } from "./refusal.ts";

type Fun = (...args: never[]) => unknown;

/** What only the code behind functions can tell. */
export interface GraphSources {
  /**
   * The node of a function that is not built in: what its code and captured variables are. Own properties, prototype and state are added by the
   * builder. Called from `finish`'s queue, never recursively.
   */
  functionNode(fun: Fun, path: ValuePath): GraphNode;
  /** The node of a value that a module exports and a captured function has imported; undefined for any other. */
  imported?(object: object): GraphNode | undefined;
  /** Names of #private fields of an object; empty for most. */
  privateNames(object: object): readonly string[];
  /** Why an instance of a class cannot be copied, for what its module knows of it; undefined if it can. */
  secretOf?(instance: object): Reason | undefined;
  /** Whether Node itself brings the code of a function: its script's URL begins with `node:`. Without it nothing but names tells. */
  isInternal?(fun: Fun): boolean;
  /** Whether the text of a class has this very function as a method or accessor. */
  isMethodOf(owner: Fun, method: Fun): boolean;
}
