/** The driver's walk over captured values: each becomes a node once, whatever leads to it. */
import { types } from "node:util";
import { builtInPath, wellKnownSymbol } from "./built-ins.ts";
import {
  FUNCTION_PROTOTYPES,
  functionProperties,
  isAsFresh,
  isClass,
  isPristine,
  prototypeProperties,
  prototypeProperty,
} from "./function-properties.ts";
import type { GraphNode, GraphObject, GraphReference, GraphValue } from "./graph.ts";
import type { GraphSources } from "./graph-sources.ts";
import { LazyPath } from "./lazy-path.ts";
import { describeObject, some } from "./object-nodes.ts";
import { type Describe, furtherProperties, graphProperty, stateOf } from "./own-properties.ts";
import { inside, property, type ValuePath } from "./path.ts";
import { type Chain, classNameOf, NO_CHAIN, ownerOf, PrototypeChains } from "./prototype-chain.ts";
import { isNative } from "./realms.ts";
import { refusal } from "./refusal.ts";
import {
  DETACHED,
  INTERNAL_FUNCTION,
  ON_SHARED,
  PROXY,
  refusedExotic,
  refusedInstance,
  refusedNative,
  refusedPrivate,
} from "./refused-values.ts";
import { singleton } from "./singletons.ts";
import { bufferNode, isDetached, Views, viewOf, viewProperties } from "./views.ts";

type Fun = (...args: never[]) => unknown;

interface Pending {
  readonly index: number;
  readonly object: object;
  readonly path: ValuePath;
}

const OBJECT_PROTOTYPE = new Set(["Object.prototype"]);

export class GraphBuilder {
  readonly #sources: GraphSources;
  readonly #isInternal: (fun: Fun) => boolean | undefined;
  readonly #chains: PrototypeChains;
  readonly #views = new Views();
  /** By index; null until it is known. */
  readonly #nodes: (GraphNode | null)[] = [];
  readonly #indexes = new Map<object | symbol, number>();
  /** Classes by their `prototype`, for those that do not say so by `constructor`. */
  readonly #owners = new Map<object, Fun>();
  /** Arrays of property names that nodes have in common: written once. */
  readonly #shapes = new Map<string, readonly string[]>();
  readonly #queue: Pending[] = [];
  #done = 0;

  constructor(sources: GraphSources) {
    this.#sources = sources;
    this.#isInternal = (fun) => (isNative(fun) ? true : sources.isInternal?.(fun));
    this.#chains = new PrototypeChains(this.#isInternal);
  }

  /** The value as the graph has it; what has an identity is queued, the first path that leads to it is kept for messages. */
  value(value: unknown, path: ValuePath): GraphValue {
    if (typeof value === "symbol") return this.#symbol(value);
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return value as GraphValue;
    return this.#reference(value, path);
  }

  /** Identity known beforehand: an imported namespace, function or class, a value bound by an import; it is always this node. */
  know(object: object | symbol, node: GraphNode): GraphReference {
    const known = this.#indexes.get(object);
    if (known === undefined) return this.#add(node, object);
    this.#nodes[known] = node;
    return { ref: known };
  }

  /** Works off the queue, without recursion: lists may be long. Returns all nodes. */
  finish(): readonly GraphNode[] {
    do {
      for (; this.#done < this.#queue.length; this.#done++) this.#work(this.#queue[this.#done]);
      this.#views.describe({
        isCaptured: (buffer) => this.#indexes.has(buffer),
        refer: (buffer) => this.#reference(buffer, { text: "an ArrayBuffer", position: null }),
        addNode: (node) => this.#add(node),
        setNode: (index, node) => {
          this.#nodes[index] = node;
        },
      });
    } while (this.#done < this.#queue.length);
    return this.#nodes as GraphNode[];
  }

  #work(pending: Pending): void {
    const { index, object, path } = pending;
    if (this.#nodes[index] !== null) return;
    const node = this.#node(object, path, index);
    if (node !== null) this.#nodes[index] = node;
  }

  #add(node: GraphNode | null, identity?: object | symbol): GraphReference {
    const ref = this.#nodes.push(node) - 1;
    if (identity !== undefined) this.#indexes.set(identity, ref);
    return { ref };
  }

  #reference(object: object, path: ValuePath): GraphReference {
    const known = this.#indexes.get(object);
    if (known !== undefined) return { ref: known };
    const reference = this.#add(null, object);
    this.#queue.push({ index: reference.ref, object, path });
    return reference;
  }

  #symbol(symbol: symbol): GraphReference {
    const known = this.#indexes.get(symbol);
    if (known !== undefined) return { ref: known };
    const path = wellKnownSymbol(symbol);
    if (path !== undefined) return this.#add({ kind: "built-in", path }, symbol);
    const registered = Symbol.keyFor(symbol) !== undefined;
    return this.#add({ kind: "symbol", description: symbol.description, registered }, symbol);
  }

  /** null: not yet, or later by the views. */
  #node(object: object, path: ValuePath, index: number): GraphNode | null {
    const imported = this.#sources.imported?.(object);
    if (imported !== undefined) return imported;
    // Before anything is asked of it: a Proxy would notice.
    if (types.isProxy(object)) throw refusal(path, PROXY);
    const builtIn = builtInPath(object, this.#isInternal) ?? singleton(object);
    if (builtIn !== undefined) return { kind: "built-in", path: builtIn };
    if (typeof object === "function") return this.#function(object as Fun, path);
    const exotic = refusedExotic(object);
    if (exotic !== undefined) throw refusal(path, exotic);
    const owner = this.#owners.get(object) ?? ownerOf(object);
    if (owner !== undefined) return this.#prototype(object, owner, path, index);
    return this.#object(object, path, index);
  }

  #function(fun: Fun, path: ValuePath): GraphNode {
    const name = Object.getOwnPropertyDescriptor(fun, "name");
    // Functions made by bind have no text either.
    if (isNative(fun) && !String(name?.value).startsWith("bound "))
      throw refusal(path, refusedNative(String(name?.value)));
    if (!isNative(fun) && this.#isInternal(fun) === true) throw refusal(path, INTERNAL_FUNCTION);
    const node = this.#sources.functionNode(fun, path);
    if (node.kind !== "function" && node.kind !== "class" && node.kind !== "bound") return node;
    const isOfClass = node.kind === "class" || isClass(fun);
    const props = functionProperties(fun, (method) => isOfClass && this.#isMethod(fun, method), this.#describe(path));
    props.unshift(...this.#prototypeOf(fun, isOfClass, path));
    const base = { ...some({ props }), ...this.#base(fun, FUNCTION_PROTOTYPES, path) };
    if (node.kind === "bound") return { ...node, ...base };
    const length = Object.getOwnPropertyDescriptor(fun, "length");
    return {
      ...node,
      name: name !== undefined && isAsFresh(name, "string") ? (name.value as string) : node.name,
      ...(length !== undefined && isAsFresh(length, "number") ? { length: length.value as number } : {}),
      ...base,
    };
  }

  /** Sees to a function's `prototype` object; what it returns is for another one than its own. */
  #prototypeOf(fun: Fun, isOfClass: boolean, path: ValuePath): ReturnType<typeof functionProperties> {
    const descriptor = prototypeProperty(fun);
    const prototype: unknown = descriptor?.value;
    if (typeof prototype !== "object" || prototype === null || types.isProxy(prototype)) {
      if (descriptor === undefined) return [];
      return [graphProperty("prototype", descriptor, this.#describe(path))];
    }
    const isOwn = isOfClass || (descriptor?.writable === true && ownerOf(prototype) === fun);
    if (!isOwn && isPristine(prototype, fun, this.#isInternal)) return [];
    if (!isOwn) return [graphProperty("prototype", descriptor as PropertyDescriptor, this.#describe(path))];
    if (isOfClass) this.#owns(fun, prototype);
    if (isOfClass || !isPristine(prototype, fun, this.#isInternal))
      this.#reference(prototype, property(path, "prototype"));
    return [];
  }

  /** Remembers whose `prototype` an object is; it may have been taken for an object of its own. */
  #owns(fun: Fun, prototype: object): void {
    this.#owners.set(prototype, fun);
    const index = this.#indexes.get(prototype);
    if (index === undefined || this.#nodes[index] === null || this.#nodes[index]?.kind === "prototype") return;
    this.#nodes[index] = null;
    this.#queue.push({ index, object: prototype, path: { text: `${classNameOf(fun)}.prototype`, position: null } });
  }

  #prototype(prototype: object, owner: Fun, path: ValuePath, index: number): GraphNode | null {
    const of = this.#reference(owner, inside(path, "constructor"));
    const ofNode = this.#nodes[of.ref];
    if (ofNode === null) {
      // Its owner is in the queue, and tells how much of it comes with the text.
      this.#queue.push({ index, object: prototype, path });
      return null;
    }
    // The module that exports the owner has made it what it is.
    if (ofNode.kind !== "function" && ofNode.kind !== "class") return { kind: "prototype", of };
    const isOfClass = ofNode.kind === "class" || isClass(owner);
    const isMethod = (method: Fun) => isOfClass && this.#isMethod(owner, method);
    const props = prototypeProperties(prototype, owner, isMethod, this.#describe(path));
    return { kind: "prototype", of, ...some({ props }), ...this.#base(prototype, OBJECT_PROTOTYPE, path) };
  }

  #object(object: object, path: ValuePath, index: number): GraphNode | null {
    const prototype = Object.getPrototypeOf(object) as object | null;
    const chain = prototype === null ? NO_CHAIN : this.#chains.of(prototype);
    this.#check(object, chain, path);
    if (types.isArrayBuffer(object)) {
      if (isDetached(object)) throw refusal(path, DETACHED);
      const props = furtherProperties(object, () => false, this.#describe(path));
      return {
        ...bufferNode(object),
        ...some({ props }),
        ...this.#base(object, new Set(["ArrayBuffer.prototype"]), path),
      } as GraphNode;
    }
    if (ArrayBuffer.isView(object)) return this.#view(object, chain, path, index);
    const { node, usual } = describeObject(object, {
      chain,
      state: stateOf(object),
      describe: this.#describe(path),
      describeInside: (value, words) => this.#describeStep(value, path, { words }),
    });
    const base = this.#base(object, new Set([usual]), path);
    return { ...(node.kind === "object" ? { ...node, keys: this.#shape(node.keys) } : node), ...base } as GraphNode;
  }

  /** null: its node is known when all views are. */
  #view(object: ArrayBufferView, chain: Chain, path: ValuePath, index: number): null {
    const view = viewOf(object, chain.builtIns.includes("Buffer.prototype"));
    const reason = refusedExotic(view.buffer) ?? (isDetached(view.buffer) ? DETACHED : undefined);
    if (reason !== undefined) throw refusal(path, types.isSharedArrayBuffer(view.buffer) ? ON_SHARED : reason);
    const props = viewProperties(object, view, chain, this.#describe(path));
    const base = { ...some({ props }), ...this.#base(object, new Set([`${view.type}.prototype`]), path) };
    this.#views.add({ view, index, base });
    return null;
  }

  /** Throws for an instance that cannot be copied. */
  #check(object: object, chain: Chain, path: ValuePath): void {
    if (chain.hasProxy) throw refusal(inside(path, "prototype"), PROXY);
    if (chain.refused.length > 0) throw refusal(path, refusedInstance(chain.refused));
    if (chain.hasLoweredPrivate) throw refusal(path, refusedPrivate(chain.className, []));
    const names = chain.mayHavePrivate ? this.#sources.privateNames(object) : [];
    if (names.length > 0) throw refusal(path, refusedPrivate(chain.className, names));
    const secret = chain.className === "Object" ? undefined : this.#sources.secretOf?.(object);
    if (secret !== undefined) throw refusal(path, secret);
  }

  /** Prototype and state, where they are not as usual. */
  #base(object: object, usual: ReadonlySet<string>, path: ValuePath): GraphObject {
    const state = stateOf(object);
    const prototype = Object.getPrototypeOf(object) as object | null;
    const ofState = state === undefined ? {} : { state };
    if (prototype === null) return { ...ofState, proto: null };
    const builtIn = types.isProxy(prototype) ? undefined : builtInPath(prototype, this.#isInternal);
    if (builtIn !== undefined && usual.has(builtIn)) return ofState;
    return { ...ofState, proto: this.#reference(prototype, inside(path, "prototype")) };
  }

  #isMethod(owner: Fun, method: Fun): boolean {
    return this.#sources.isMethodOf(owner, method);
  }

  #describe(path: ValuePath): Describe {
    return (value, key) => this.#describeStep(value, path, { key: typeof key === "symbol" ? `${String(key)}` : key });
  }

  /** As `value`, with a path that costs nothing where it is not needed. */
  #describeStep(value: unknown, path: ValuePath, step: { key: string | number } | { words: string }): GraphValue {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return this.value(value, path);
    const known = this.#indexes.get(value);
    return known === undefined ? this.#reference(value, new LazyPath(path, step)) : { ref: known };
  }

  /** The same array for the same names. */
  #shape(keys: readonly string[]): readonly string[] {
    const text = JSON.stringify(keys);
    const known = this.#shapes.get(text);
    if (known !== undefined) return known;
    this.#shapes.set(text, keys);
    return keys;
  }
}
