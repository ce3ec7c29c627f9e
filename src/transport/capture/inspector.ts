/**
 * What V8 tells about functions and objects of this process, by its inspector protocol. Calls within one thread are synchronous, so all that is
 * asked between `open` and `close` is of one moment. An open session costs the whole process time: it is always closed.
 */
import { Session } from "node:inspector";
import { InfrastructureError, show } from "../../errors.ts";
import type { ScriptSource } from "./function-code.ts";

/** Where V8 has a function: from 0. */
export interface FunctionLocation {
  /** The same for all functions of a script. */
  readonly scriptId: string;
  readonly line: number;
  readonly column: number;
}

/** What V8 tells about a function. */
export interface FunctionFacts {
  /** null for native and bound functions. */
  readonly location: FunctionLocation | null;
  /**
   * The scopes around it, innermost first, without the global one: objects whose own properties are the variables. Reading one that is not
   * initialised yet throws a ReferenceError.
   */
  readonly scopes: readonly object[];
  readonly bound: {
    readonly target: (...args: never[]) => unknown;
    readonly boundThis: unknown;
    readonly boundArgs: readonly unknown[];
  } | null;
}

interface RemoteObject {
  readonly description?: string;
  readonly value?: unknown;
  readonly unserializableValue?: string;
  readonly objectId?: string;
}

interface Properties {
  readonly result: readonly { readonly name: string; readonly value?: RemoteObject }[];
  readonly internalProperties?: readonly { readonly name: string; readonly value?: RemoteObject }[];
  readonly privateProperties?: readonly { readonly name: string }[];
}

interface ParsedScript extends Omit<ScriptSource, "text"> {
  readonly scriptId: string;
}

/** URLs of scripts that were asked for before, by identifier: V8 gives each script of a thread one of its own. */
const urls = new Map<string, string>();

/** `process` is the same object in all realms of a thread (vm contexts, test runners): values are handed over on it. */
const HANDOVER = Symbol.for("fanopt.handover");

export class Inspector {
  readonly #session = new Session();
  #parsed: ReadonlyMap<string, ParsedScript> | undefined;
  /** Given to V8, and taken from it. */
  readonly #handover: { given: unknown; taken: unknown } = { given: undefined, taken: undefined };
  readonly #handoverId: string;
  readonly #facts = new WeakMap<object, FunctionFacts>();

  /** @throws InfrastructureError where this Node has no inspector, or does not allow it. */
  static open(): Inspector {
    try {
      return new Inspector();
    } catch (error) {
      throw new InfrastructureError(
        "no-inspector",
        `A closure is captured by V8's inspector, which this Node does not give: ${show(error)}. Allow it (--allow-inspector under --permission), ` +
          'or give the criterion by defineCriterion(new URL("./model.ts", import.meta.url), …), which needs none.',
        { cause: error },
      );
    }
  }

  private constructor() {
    this.#session.connect();
    try {
      this.#handoverId = this.#shareHandover();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Ends the session: V8 works as before. */
  close(): void {
    this.#session.disconnect();
  }

  factsOf(fun: (...args: never[]) => unknown): FunctionFacts {
    let facts = this.#facts.get(fun);
    if (facts === undefined) {
      facts = this.#ask(fun);
      this.#facts.set(fun, facts);
    }
    return facts;
  }

  #ask(fun: (...args: never[]) => unknown): FunctionFacts {
    const { internalProperties = [] } = this.#propertiesOf(this.#give(fun));
    const internal = (name: string) => internalProperties.find((one) => one.name === name)?.value;
    const location = internal("[[FunctionLocation]]")?.value as
      | { scriptId: string; lineNumber: number; columnNumber: number }
      | undefined;
    const target = internal("[[TargetFunction]]");
    return {
      location:
        location === undefined
          ? null
          : { scriptId: location.scriptId, line: location.lineNumber, column: location.columnNumber },
      scopes: location === undefined ? [] : this.#scopes(internal("[[Scopes]]")),
      bound:
        target === undefined
          ? null
          : {
              target: this.#take(target) as (...args: never[]) => unknown,
              boundThis: this.#take(internal("[[BoundThis]]")),
              boundArgs: Array.from(this.#take(internal("[[BoundArgs]]")) as readonly unknown[]),
            },
    };
  }

  /** Names of #private fields that an object has; V8 does not tell its #private methods. */
  privateNames(object: object): readonly string[] {
    const { privateProperties = [] } = this.#propertiesOf(this.#give(object));
    return privateProperties.map(({ name }) => name);
  }

  /** The URL of a script, "" for one without. */
  url(scriptId: string): string {
    let url = urls.get(scriptId);
    if (url === undefined) {
      url = this.#scripts.get(scriptId)?.url ?? "";
      urls.set(scriptId, url);
    }
    return url;
  }

  /** A script as V8 has it. */
  script(scriptId: string): ScriptSource {
    const parsed = this.#scripts.get(scriptId);
    if (parsed === undefined) throw new InfrastructureError("no-inspector", `V8 knows no script ${scriptId}.`);
    const { scriptSource } = this.#post<{ scriptSource: string }>("Debugger.getScriptSource", { scriptId });
    return { ...parsed, text: scriptSource };
  }

  /** Identifiers of the scripts that V8 has, by their URLs. */
  scriptIds(isWanted: (url: string) => boolean): readonly string[] {
    return [...this.#scripts.values()].filter(({ url }) => isWanted(url)).map(({ scriptId }) => scriptId);
  }

  /** All scripts of the process: V8 tells them one by one, which takes longer than all else, so they are asked for when they are needed. */
  get #scripts(): ReadonlyMap<string, ParsedScript> {
    if (this.#parsed !== undefined) return this.#parsed;
    const scripts = new Map<string, ParsedScript>();
    this.#parsed = scripts;
    this.#session.on("Debugger.scriptParsed", ({ params }) => {
      const { url, isModule = false, startLine, startColumn, sourceMapURL = "", scriptId } = params;
      scripts.set(scriptId, { scriptId, url, isModule, startLine, startColumn, sourceMapURL });
    });
    this.#post("Debugger.enable");
    return scripts;
  }

  #scopes(list: RemoteObject | undefined): object[] {
    if (list === undefined) return [];
    const scopes = this.#propertiesOf(list, { withElements: true }).result.flatMap(({ value }) =>
      value?.objectId === undefined || value.description === "Global" ? [] : [{ objectId: value.objectId }],
    );
    if (scopes.length === 0) return [];
    return this.#run("this.taken = scopes.map((scope) => scope.object);", scopes) as object[];
  }

  /** Elements only where they are asked for: there may be millions. */
  #propertiesOf(
    { objectId }: Pick<RemoteObject, "objectId">,
    what: { readonly withElements?: boolean } = {},
  ): Properties {
    return this.#post<Properties>("Runtime.getProperties", {
      objectId,
      ownProperties: true,
      nonIndexedPropertiesOnly: what.withElements !== true,
    });
  }

  /** Without a call: V8 would compile a script for it, and keep that. */
  #give(value: unknown): RemoteObject {
    this.#handover.given = value;
    const { result } = this.#propertiesOf({ objectId: this.#handoverId });
    this.#handover.given = undefined;
    return result.find(({ name }) => name === "given")?.value as RemoteObject;
  }

  /** The value behind a remote object: a primitive as it is, an object by handing it over. */
  #take(remote: RemoteObject | undefined): unknown {
    if (remote?.objectId === undefined) return primitiveOf(remote);
    return this.#run("this.taken = scopes[0];", [{ objectId: remote.objectId }]);
  }

  #run(statement: string, given: readonly { readonly objectId: string }[]): unknown {
    const { exceptionDetails } = this.#post<{ exceptionDetails?: object }>("Runtime.callFunctionOn", {
      objectId: this.#handoverId,
      functionDeclaration: `function (...scopes) { ${statement} }`,
      arguments: given,
    });
    if (exceptionDetails !== undefined) throw new Error(`the inspector failed: ${JSON.stringify(exceptionDetails)}`);
    const { taken } = this.#handover;
    this.#handover.taken = undefined;
    return taken;
  }

  #shareHandover(): string {
    const place = process as { [HANDOVER]?: unknown };
    place[HANDOVER] = this.#handover;
    try {
      const { result } = this.#post<{ result: RemoteObject }>("Runtime.evaluate", {
        expression: 'process[Symbol.for("fanopt.handover")]',
      });
      if (result.objectId === undefined) throw new Error("process is not the one of this realm");
      return result.objectId;
    } finally {
      delete place[HANDOVER];
    }
  }

  #post<R>(method: string, params: object = {}): R {
    let answer: { readonly error: Error | null | undefined; readonly result: unknown } | undefined;
    this.#session.post(method, params, (error: Error | null, result?: object) => {
      answer = { error, result };
    });
    if (answer === undefined) throw new Error(`the inspector did not answer ${method} at once`);
    // In another realm than the main one the error is undefined where there is none.
    if (answer.error != null) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
    return answer.result as R;
  }
}

function primitiveOf(remote: RemoteObject | undefined): unknown {
  if (remote?.unserializableValue === undefined) return remote?.value;
  const text = remote.unserializableValue;
  return text.endsWith("n") ? BigInt(text.slice(0, -1)) : Number(text);
}
