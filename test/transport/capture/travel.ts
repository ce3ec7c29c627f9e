/** Values sent the whole way, without code: graph, bytes, and back. */
import { Session } from "node:inspector";
import type { BundledCode } from "../../../src/transport/capture/captured-code.ts";
import { prototypeProperty } from "../../../src/transport/capture/function-properties.ts";
import type { CapturedGraph, GraphNode } from "../../../src/transport/capture/graph.ts";
import { GraphBuilder } from "../../../src/transport/capture/graph-builder.ts";
import type { GraphSources } from "../../../src/transport/capture/graph-sources.ts";
import { isNative } from "../../../src/transport/capture/realms.ts";
import { decode, encode } from "../../../src/transport/codec.ts";
import { restoreFunctions } from "../../../src/transport/restore.ts";

type Fun = (...args: never[]) => unknown;

/** A function that a test knows how to make again. */
export interface Known {
  readonly fun: unknown;
  readonly kind?: "function" | "class";
  /** Makes it from the values of its variables, which are read when it runs. */
  readonly make: (variables: readonly unknown[]) => unknown;
  readonly bindings?: readonly unknown[];
  readonly early?: readonly number[];
}

const noCode: BundledCode = { makers: [], references: [] };

/** Nodes and root of a value. */
export function graphOf(
  value: unknown,
  known: readonly Known[] = [],
  sources: Partial<GraphSources> = {},
): CapturedGraph {
  const builder: GraphBuilder = new GraphBuilder({
    functionNode: (fun, path): GraphNode => {
      const maker = known.findIndex((entry) => entry.fun === fun);
      if (maker < 0) throw new Error(`unknown function at ${path.text}`);
      const { kind = "function", bindings = [], early = [] } = known[maker];
      const values = bindings.map((binding, i) =>
        builder.value(binding, { text: `${path.text} ${i}`, position: null }),
      );
      const node = { maker, bindings: values, name: "" };
      return kind === "class" ? { ...node, kind, early } : { ...node, kind };
    },
    privateNames,
    isInternal,
    isMethodOf: isMethodByText,
    ...sources,
  });
  const root = builder.value(value, { text: 'captured variable "it"', position: null });
  const nodes = builder.finish();
  return { nodes, roots: [root as { ref: number }] };
}

/** The value as a worker has it. */
export function travel<T>(value: T, known: readonly Known[] = []): T {
  const [back] = travelTimes(1, { value }, known);
  return back.value;
}

/** Several workers' values of one graph. */
export function travelTimes<T>(times: number, value: T, known: readonly Known[] = []): T[] {
  const bytes = encode(graphOf(value, known));
  return Array.from({ length: times }, () => {
    const code = known.length === 0 ? noCode : { makers: known.map(makerOf), references: [] };
    return restoreFunctions(decode(bytes) as CapturedGraph, code)[0] as T;
  });
}

function makerOf({ make }: Known): () => { create(): unknown; bind(values: readonly unknown[]): void } {
  return () => {
    const variables: unknown[] = [];
    return {
      create: () => make(variables),
      bind: (values) => {
        variables.splice(0, variables.length, ...values);
      },
    };
  };
}

/** By V8's inspector, as the driver does it. */
function inspecting<T>(value: unknown, look: (post: (method: string, params: object) => unknown, id: string) => T): T {
  const session = new Session();
  session.connect();
  const holder = globalThis as { __inspected?: unknown };
  try {
    holder.__inspected = value;
    const post = (method: string, params: object): unknown => {
      let answer: unknown;
      session.post(method, params, (error: Error | null, result?: object) => {
        if (error) throw error;
        answer = result;
      });
      return answer;
    };
    post("Debugger.enable", {});
    const { result } = post("Runtime.evaluate", { expression: "globalThis.__inspected" }) as {
      result: { objectId: string };
    };
    return look(post, result.objectId);
  } finally {
    delete holder.__inspected;
    session.disconnect();
  }
}

function privateNames(object: object): string[] {
  return inspecting(object, (post, objectId) => {
    const { privateProperties = [] } = post("Runtime.getProperties", { objectId, ownProperties: true }) as {
      privateProperties?: { name: string }[];
    };
    return privateProperties.map(({ name }) => name);
  });
}

const internal = new WeakMap<Fun, boolean>();

function isInternal(fun: Fun): boolean {
  const known = internal.get(fun);
  if (known !== undefined) return known;
  const is = inspecting(fun, (post, objectId) => {
    const { internalProperties = [] } = post("Runtime.getProperties", { objectId, ownProperties: true }) as {
      internalProperties?: { name: string; value?: { value: { scriptId: string } } }[];
    };
    const location = internalProperties.find(({ name }) => name === "[[FunctionLocation]]")?.value?.value;
    if (location === undefined) return true;
    const { scriptSource } = post("Debugger.getScriptSource", { scriptId: location.scriptId }) as {
      scriptSource: string;
    };
    // Scripts of Node itself use what it calls primordials.
    return /\bprimordials\b/.test(scriptSource) && /\binternalBinding\b|require\('internal\//.test(scriptSource);
  });
  internal.set(fun, is);
  return is;
}

/**
 * Whether a function is a method that the text of a class brings: its text is a part of the class's, and it cannot be constructed. That takes a method
 * for the class's own which was put there from elsewhere and reads the same to the letter, but closes over other variables.
 */
function isMethodByText(owner: Fun, method: Fun): boolean {
  if (isNative(method)) return false;
  const text = Function.prototype.toString.call(method);
  const isGenerator = /^(?:static\s+)?(?:async\s*)?\*/.test(text);
  return (
    (isGenerator || prototypeProperty(method) === undefined) && Function.prototype.toString.call(owner).includes(text)
  );
}
