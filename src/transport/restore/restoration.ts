/** One graph on its way back: everything is made first and filled then, so that cycles close. */

import { FanoptError } from "../../errors.ts";
import type { BundledCode, UnboundFunction } from "../capture/captured-code.ts";
import type { GraphNode, GraphObject, GraphReference, GraphValue } from "../capture/graph.ts";
import { builtIn } from "./built-in.ts";
import { defineProperties, reference, referencesOf } from "./node-parts.ts";
import { arrayBuffer, error, fillArray, fillObject, numbers, regexp, symbol, view } from "./values.ts";

type Node<K extends GraphNode["kind"]> = Extract<GraphNode, { kind: K }>;
type Fun = (...args: unknown[]) => unknown;

export class Restoration {
  readonly #nodes: readonly GraphNode[];
  readonly #code: BundledCode;
  /** By index of the node; a hole until it is made. */
  readonly #values: unknown[];
  readonly #isMade: Uint8Array;
  readonly #isFilled: Uint8Array;
  readonly #unbound = new Map<number, UnboundFunction>();
  /** Whether something was not there when it was asked for: a class that is just being made. */
  #isMissing = false;

  constructor(nodes: readonly GraphNode[], code: BundledCode) {
    this.#nodes = nodes;
    this.#code = code;
    this.#values = new Array(nodes.length);
    this.#isMade = new Uint8Array(nodes.length);
    this.#isFilled = new Uint8Array(nodes.length);
  }

  /** Makes everything; the values of the roots. */
  roots(roots: readonly GraphReference[]): unknown[] {
    for (let i = 0; i < this.#nodes.length; i++) this.#make(i);
    for (let i = 0; i < this.#nodes.length; i++) this.#fill(i);
    // Last: what is frozen takes nothing more.
    for (let i = 0; i < this.#nodes.length; i++) this.#close(i);
    return roots.map(this.#resolve);
  }

  readonly #resolve = (value: GraphValue): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (this.#isMade[value.ref] !== MADE) this.#isMissing = true;
    return this.#values[value.ref];
  };

  readonly #isThere = (value: GraphValue): boolean => {
    const ref = reference(value);
    if (ref === undefined || this.#isMade[ref] === MADE) return true;
    this.#isMissing = true;
    return false;
  };

  /** As `resolve`, for what must be there before its user. */
  readonly #ready = (value: GraphValue): unknown => {
    const ref = reference(value);
    if (ref !== undefined) this.#make(ref);
    return this.#resolve(value);
  };

  #make(index: number): void {
    if (this.#isMade[index] !== 0) return;
    this.#makePrototypes(index);
    this.#makeOne(index);
  }

  #makeOne(index: number): void {
    this.#isMade[index] = BEING_MADE;
    const value = this.#create(this.#nodes[index], index);
    this.#values[index] = value === TOO_EARLY ? undefined : value;
    this.#isMade[index] = value === TOO_EARLY ? 0 : MADE;
  }

  /** From the far end of a chain on: it may be long. */
  #makePrototypes(index: number): void {
    const chain: number[] = [];
    let next = protoOf(this.#nodes[index]);
    while (next !== undefined && this.#isMade[next] === 0 && !chain.includes(next)) {
      chain.push(next);
      next = protoOf(this.#nodes[next]);
    }
    for (const prototype of chain.reverse()) {
      if (this.#isMade[prototype] === 0) this.#makeOne(prototype);
    }
  }

  #create(node: GraphNode, index: number): unknown {
    switch (node.kind) {
      case "function":
        return named(this.#maker(node, index).create(), node);
      case "class":
        return named(this.#class(node, index), node);
      case "prototype":
        return (this.#ready(node.of) as { prototype: unknown } | undefined)?.prototype ?? TOO_EARLY;
      case "imported":
        return this.#imported(node.reference);
      case "member": {
        const owner = this.#ready(node.of) as Record<string, unknown> | undefined;
        return owner === undefined ? TOO_EARLY : owner[node.key];
      }
      case "built-in":
        return builtIn(node.path);
      case "defined":
        return this.#defined(node);
      case "bound": {
        const [boundThis, ...boundArgs] = [node.boundThis, ...node.boundArgs].map(this.#ready);
        const target = this.#ready(node.target) as Fun | undefined;
        return target === undefined ? TOO_EARLY : Function.prototype.bind.call(target, boundThis, ...boundArgs);
      }
      case "symbol":
        return symbol(node);
      case "object": {
        if (node.proto === undefined) return {};
        const prototype = this.#ready(node.proto) as object | null | undefined;
        return prototype === undefined ? TOO_EARLY : Object.create(prototype);
      }
      case "array":
        return [];
      case "numbers":
        return numbers(node);
      case "map":
        return new Map();
      case "set":
        return new Set();
      case "date":
        return new Date(node.time);
      case "regexp":
        return regexp(node);
      case "error":
        return error(node);
      case "boxed":
        return Object(this.#ready(node.value));
      case "url":
        return new URL(node.text);
      case "url-search-params":
        return new URLSearchParams(node.text);
      case "buffer":
        return arrayBuffer(node);
      case "view":
        return view(node, (buffer) => this.#ready(buffer) as ArrayBuffer);
    }
  }

  #maker(node: Node<"function" | "class">, index: number): UnboundFunction {
    const maker = this.#code.makers[node.maker];
    if (maker === undefined) throw mismatch(`function ${node.name}`);
    const unbound = maker();
    this.#unbound.set(index, unbound);
    return unbound;
  }

  /** A class reads its superclass and its computed keys when it is defined: these must be complete. */
  #class(node: Node<"class">, index: number): unknown {
    const unbound = this.#maker(node, index);
    if (node.early.length > 0) {
      this.#complete(node.early.map((i) => node.bindings[i]));
      unbound.bind(node.bindings.map(this.#resolve));
    }
    return unbound.create();
  }

  /** Makes and fills all that is reached from these values, but classes that are being made: they come when they are ready. */
  #complete(values: readonly GraphValue[]): void {
    const reached: number[] = [];
    const seen = new Set<number>();
    const take = (value: GraphValue) => {
      const ref = reference(value);
      if (ref === undefined || seen.has(ref) || this.#isFilled[ref] !== 0) return;
      seen.add(ref);
      reached.push(ref);
    };
    for (const value of values) take(value);
    for (let i = 0; i < reached.length; i++) for (const value of referencesOf(this.#nodes[reached[i]])) take(value);
    for (const index of reached) this.#make(index);
    for (const index of reached) this.#fill(index);
  }

  #imported(index: number): unknown {
    const imported = this.#code.references[index];
    if (imported === undefined) throw mismatch(`import ${index}`);
    return imported();
  }

  #defined(node: Node<"defined">): unknown {
    const fun = this.#imported(node.reference) as Fun;
    // Read when it is called: they are not all made yet.
    const criterion = async (params: unknown, ...further: unknown[]) =>
      fun(params, ...further, ...node.args.map(this.#resolve));
    return Object.defineProperty(criterion, "name", { value: node.name });
  }

  /** Gives a made value what it holds. It stays unfilled, and is filled again, where something is missing. */
  #fill(index: number): void {
    if (this.#isFilled[index] !== 0 || this.#isMade[index] !== MADE) return;
    const node = this.#nodes[index];
    this.#isMissing = false;
    this.#fillKind(node, this.#values[index], index);
    if (isObject(node)) this.#fillObject(node, this.#values[index] as object);
    if (!this.#isMissing) this.#isFilled[index] = 1;
  }

  #fillKind(node: GraphNode, value: unknown, index: number): void {
    switch (node.kind) {
      case "function":
      case "class":
        this.#unbound.get(index)?.bind(node.bindings.map(this.#resolve));
        break;
      case "object":
        fillObject(value as Record<string, unknown>, node, this.#resolve);
        break;
      case "array":
        fillArray(value as unknown[], node, this.#resolve);
        break;
      case "map":
        Map.prototype.clear.call(value);
        for (const [key, item] of node.entries) Map.prototype.set.call(value, this.#resolve(key), this.#resolve(item));
        break;
      case "set":
        Set.prototype.clear.call(value);
        for (const item of node.items) Set.prototype.add.call(value, this.#resolve(item));
        break;
      case "error":
        if (node.props?.every(({ key }) => key !== "stack") ?? true) Reflect.deleteProperty(value as object, "stack");
        break;
    }
  }

  #fillObject({ proto, props }: GraphObject, value: object): void {
    if (proto !== undefined) {
      const prototype = this.#resolve(proto) as object | null | undefined;
      if (prototype !== undefined && Object.getPrototypeOf(value) !== prototype)
        Object.setPrototypeOf(value, prototype);
    }
    if (props !== undefined) defineProperties(value, props, this.#resolve, this.#isThere);
  }

  #close(index: number): void {
    const node = this.#nodes[index];
    const value = this.#values[index];
    if (!isObject(node) || node.state === undefined) return;
    if (node.state === "frozen") Object.freeze(value);
    else if (node.state === "sealed") Object.seal(value);
    else Object.preventExtensions(value);
  }
}

/** Of what depends on a class that is just being made: it is made after it. */
const TOO_EARLY = Symbol("too early");
const BEING_MADE = 1;
const MADE = 2;

function protoOf(node: GraphNode): number | undefined {
  return isObject(node) ? reference(node.proto) : undefined;
}

function isObject(node: GraphNode): node is Extract<GraphNode, GraphObject> {
  return node.kind !== "imported" && node.kind !== "built-in" && node.kind !== "defined" && node.kind !== "symbol";
}

/** With its name and length from the first: functions made by `bind` take theirs from it. */
function named(made: unknown, { name, length }: Node<"function" | "class">): unknown {
  rename(made as Fun, "name", name);
  rename(made as Fun, "length", length);
  return made;
}

/** Sets a function's name or length where the code gives it another. */
function rename(fun: Fun, key: "name" | "length", value: string | number | undefined): void {
  const made: unknown = Object.getOwnPropertyDescriptor(fun, key)?.value;
  // A static member of the name is none of this.
  if (value === undefined || made === value || (made !== undefined && typeof made !== typeof value)) return;
  Object.defineProperty(fun, key, { value, configurable: true });
}

function mismatch(what: string): FanoptError {
  return new FanoptError("criterion-load", `The criterion's code has no ${what}: code and data are of two artifacts.`);
}
