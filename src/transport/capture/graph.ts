/**
 * What functions captured, as data: the values that they refer to, as a table of nodes. It travels beside the bundled code (captured-code.ts);
 * a worker makes both into functions again (restore.ts). Nodes refer to each other by their index, so identity and cycles survive.
 */

/** A primitive stands for itself; everything that has an identity is a node. */
export type GraphValue = undefined | null | boolean | number | bigint | string | GraphReference;

export interface GraphReference {
  /** Index of the node. */
  readonly ref: number;
}

/** An own property that is more than a plain value: as its descriptor. */
export interface GraphProperty {
  /** A string, or the reference of a symbol. */
  readonly key: GraphValue;
  readonly value?: GraphValue;
  readonly get?: GraphValue;
  readonly set?: GraphValue;
  readonly writable?: boolean;
  readonly enumerable: boolean;
  readonly configurable: boolean;
}

/** What any object may have besides what its kind says. Absent: as a fresh one of its kind. */
export interface GraphObject {
  /** The prototype where it is not the usual one of its kind. */
  readonly proto?: GraphValue;
  /** Own properties that have to be defined. */
  readonly props?: readonly GraphProperty[];
  readonly state?: "frozen" | "sealed" | "non-extensible";
}

export type GraphNode =
  /** A copied function: the bundle's maker at this index makes it; `bindings` are the values of the captured variables, in the maker's order. */
  | (GraphObject & {
      readonly kind: "function";
      readonly maker: number;
      readonly bindings: readonly GraphValue[];
      readonly name: string;
      /** `length`, for it may have been given another. */
      readonly length?: number;
    })
  /** A copied class. `early` are indexes of bindings that its definition reads (superclass, computed keys): ready, and complete, before it is made. */
  | (GraphObject & {
      readonly kind: "class";
      readonly maker: number;
      readonly bindings: readonly GraphValue[];
      readonly early: readonly number[];
      readonly name: string;
      readonly length?: number;
    })
  /** The object under `prototype` of a copied function or class. */
  | (GraphObject & { readonly kind: "prototype"; readonly of: GraphReference })
  /** What a module exports: the bundle's reference at this index. */
  | { readonly kind: "imported"; readonly reference: number }
  /** A property of something that is imported. */
  | { readonly kind: "member"; readonly of: GraphReference; readonly key: string }
  /** What every Node has: a path from globalThis ("Math.sin", "Map.prototype") or a module's export ("node:fs#readFileSync"). */
  | { readonly kind: "built-in"; readonly path: string }
  /** What `defineCriterion` returned: a module's export with further arguments. */
  | {
      readonly kind: "defined";
      readonly reference: number;
      readonly args: readonly GraphValue[];
      readonly name: string;
    }
  | (GraphObject & {
      readonly kind: "bound";
      readonly target: GraphValue;
      readonly boundThis: GraphValue;
      readonly boundArgs: readonly GraphValue[];
    })
  | { readonly kind: "symbol"; readonly description: string | undefined; readonly registered: boolean }
  /** Plain and of a user's class. `keys` and `values`: its ordinary properties, in order. */
  | (GraphObject & {
      readonly kind: "object";
      readonly keys: readonly string[];
      readonly values: readonly GraphValue[];
    })
  /** `holes` are indexes without an element. */
  | (GraphObject & {
      readonly kind: "array";
      readonly items: readonly GraphValue[];
      readonly holes?: readonly number[];
    })
  /** An array of numbers alone, at any length. */
  | (GraphObject & { readonly kind: "numbers"; readonly items: Float64Array })
  | (GraphObject & { readonly kind: "map"; readonly entries: readonly (readonly [GraphValue, GraphValue])[] })
  | (GraphObject & { readonly kind: "set"; readonly items: readonly GraphValue[] })
  | (GraphObject & { readonly kind: "date"; readonly time: number })
  | (GraphObject & {
      readonly kind: "regexp";
      readonly source: string;
      readonly flags: string;
      readonly lastIndex: number;
    })
  | (GraphObject & { readonly kind: "error"; readonly type: string; readonly message: string })
  | (GraphObject & { readonly kind: "boxed"; readonly value: GraphValue })
  | (GraphObject & { readonly kind: "url" | "url-search-params"; readonly text: string })
  | (GraphObject & { readonly kind: "buffer"; readonly bytes: Uint8Array; readonly maxByteLength?: number })
  /** A typed array, DataView or Buffer. Views that share a buffer refer to it; one that is alone brings its bytes and gets a buffer of its own. */
  | (GraphObject & { readonly kind: "view"; readonly type: string } & (
        | { readonly bytes: Uint8Array }
        /** `length` in elements; null: as far as the buffer, which may be resized, goes. */
        | { readonly buffer: GraphReference; readonly byteOffset: number; readonly length: number | null }
      ));

export interface CapturedGraph {
  readonly nodes: readonly GraphNode[];
  /** The captured functions, in the order in which they were given. */
  readonly roots: readonly GraphReference[];
}
