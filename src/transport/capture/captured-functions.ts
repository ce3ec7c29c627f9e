/** Functions into code and captured variables: what is imported is imported again, everything else is copied. */
import { resolve } from "node:path";
import { types } from "node:util";
import { nameOf } from "../function-name.ts";
import { moduleFile } from "../module-file.ts";
import { portableOf } from "../portable.ts";
import { isOfPackage, isProgram } from "../program.ts";
import { type Bindings, BindingValues, lookUp, pick } from "./binding-values.ts";
import type { CapturedCode, CapturedModule, ImportReference } from "./captured-code.ts";
import type { CapturedVariables } from "./captured-variables.ts";
import type { FunctionCode, Reference } from "./function-code.ts";
import type { GraphNode } from "./graph.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { ImportedValues } from "./imported-values.ts";
import type { FunctionFacts, Inspector } from "./inspector.ts";
import type { Known } from "./known.ts";
import { knownScript } from "./known-scripts.ts";
import { ModuleState } from "./module-state.ts";
import { reasonOf } from "./obstacle-reasons.ts";
import type { ValuePath } from "./path.ts";
import { refusal } from "./refusal.ts";
import type { Script } from "./script.ts";

type AnyFunction = (...args: never[]) => unknown;

/** A script that functions are copied from. */
interface Home extends CapturedModule {
  readonly imports: string[];
  readonly makers: (CapturedModule["makers"][number] & { readonly code: FunctionCode })[];
}

export class CapturedFunctions {
  readonly #inspector: Inspector;
  readonly #bindings: BindingValues;
  readonly #graph: () => GraphBuilder;
  readonly #known: Known;
  readonly #homes = new Map<Script, Home>();
  readonly #references: ImportReference[] = [];
  readonly #importedValues = new ImportedValues();
  readonly #moduleState: ModuleState;
  #nMakers = 0;

  constructor(inspector: Inspector, variables: CapturedVariables, known: Known, graph: () => GraphBuilder) {
    this.#inspector = inspector;
    this.#known = known;
    this.#bindings = new BindingValues(variables, known, graph);
    this.#graph = graph;
    this.#moduleState = new ModuleState(inspector, (scriptId) => this.#script(scriptId));
  }

  /** What may be other on a worker than here, of the modules that are imported again. */
  get warnings(): readonly string[] {
    return this.#moduleState.warnings();
  }

  /** The code that `functionNode` referred to. */
  get code(): CapturedCode {
    return { modules: [...this.#homes.values()], references: this.#references };
  }

  /** A function that is to be sent, as it was given: its script is one that others are copied from. */
  give(fun: AnyFunction): void {
    const { location } = this.#inspector.factsOf(fun);
    if (location === null) return;
    const script = this.#script(location.scriptId);
    if (!this.#isImported(script, script.functionAt(location.line, location.column))) this.#known.copied.add(script);
  }

  /** Whether workers import a function or class, and do not get a copy of it. */
  isImported(fun: AnyFunction): boolean {
    const { location } = this.#inspector.factsOf(fun);
    if (location === null || this.isInternal(fun)) return false;
    const script = this.#script(location.scriptId);
    if (this.#importedValues.get(fun) !== undefined || this.#importedValues.memberOf(fun) !== undefined)
      return !this.#isOfDriver(fun);
    return this.#isImported(script, script.functionAt(location.line, location.column));
  }

  /** Whether Node itself brings the code of a function. */
  isInternal(fun: AnyFunction): boolean {
    const { location } = this.#inspector.factsOf(fun);
    return location !== null && this.#inspector.url(location.scriptId).startsWith("node:");
  }

  /** Whether the text of a class has this method or accessor. */
  isMethodOf(owner: AnyFunction, method: AnyFunction): boolean {
    const [outer, inner] = [this.#inspector.factsOf(owner).location, this.#inspector.factsOf(method).location];
    if (outer === null || inner === null || outer.scriptId !== inner.scriptId) return false;
    const script = this.#script(outer.scriptId);
    const { start, end } = script.functionAt(outer.line, outer.column);
    const code = script.functionAt(inner.line, inner.column);
    return code.start >= start && code.end <= end;
  }

  /** The node of a function that is not built in. */
  functionNode(fun: AnyFunction, path: ValuePath): GraphNode {
    const defined = this.#defined(fun, path);
    if (defined !== null) return defined;
    const facts = this.#inspector.factsOf(fun);
    if (facts.bound !== null) return this.#bound(facts.bound, path);
    if (facts.location === null)
      throw refusal(path, {
        why: "is a native function that not every Node has",
        remedy:
          "Call it outside and capture what it returns; native addons cannot be sent, WebAssembly and plain JavaScript can.",
      });
    const script = this.#script(facts.location.scriptId);
    const code = script.functionAt(facts.location.line, facts.location.column);
    if (this.#isImported(script, code)) {
      this.#moduleState.note({
        specifier: script.file,
        importer: script.file,
        name: code.exportName ?? "",
        value: fun,
      });
      return { kind: "imported", reference: this.#reference(script.file, script.file, code.exportName ?? "") };
    }
    return this.#copied(fun, facts, script, code, path);
  }

  /** What `defineCriterion` returned is its module's export; its code would be fanopt's. */
  #defined(fun: AnyFunction, path: ValuePath): GraphNode | null {
    const portable = portableOf(fun);
    if (portable?.kind !== "criterion" || !("module" in portable.fun)) return null;
    const { module, export: name, args } = portable.fun;
    const file = moduleFile(module);
    const sent = args.map((arg, i) => this.#graph().value(arg, { ...path, text: `${path.text}, args[${i}]` }));
    return { kind: "defined", reference: this.#reference(file, file, name), args: sent, name: nameOf(fun) };
  }

  #bound({ target, boundThis, boundArgs }: NonNullable<FunctionFacts["bound"]>, path: ValuePath): GraphNode {
    const part = (value: unknown, what: string) =>
      this.#graph().value(value, { ...path, text: `${path.text} (${what})` });
    return {
      kind: "bound",
      target: part(target, "the function that is bound"),
      boundThis: part(boundThis, "its bound this"),
      boundArgs: boundArgs.map((arg, i) => part(arg, `its bound argument ${i}`)),
    };
  }

  #copied(fun: AnyFunction, facts: FunctionFacts, script: Script, code: FunctionCode, path: ValuePath): GraphNode {
    const [obstacle] = code.obstacles;
    if (obstacle !== undefined) {
      const position = script.positionAt(obstacle.offset);
      throw refusal({ text: path.text, position }, reasonOf(obstacle));
    }
    const home = this.#home(script, facts.scopes);
    const bindings: Bindings = { variables: [], values: [], early: [] };
    const origin = { fun, scopes: [...facts.scopes, this.#definedWith(fun, code, script)], script };
    for (const reference of code.references)
      if (this.#import(reference, facts.scopes, home)) this.#bindings.noteImport(reference, script);
      else this.#bindings.add(reference, bindings, origin);
    const { variables, values, early } = bindings;
    const maker = this.#maker(home, code, variables);
    if (code.kind === "class") return { kind: "class", maker, bindings: values, early, name: nameOf(fun) };
    return { kind: "function", maker, bindings: values, name: nameOf(fun) };
  }

  /** What a class was defined with, as far as it tells itself: variables that nothing else uses are gone by now. */
  #definedWith(fun: AnyFunction, { heritage, computedKeys }: FunctionCode, script: Script): object {
    const values: Record<string, unknown> = {};
    if (heritage !== null) values[heritage] = Object.getPrototypeOf(fun);
    if (computedKeys.length === 0) return values;
    for (const owner of [fun, fun.prototype as object])
      for (const key of Reflect.ownKeys(owner)) {
        const { value, get = value, set = get } = Object.getOwnPropertyDescriptor(owner, key) as PropertyDescriptor;
        const { location } = typeof set === "function" ? this.#inspector.factsOf(set) : { location: null };
        if (location === null || this.#inspector.url(location.scriptId) !== script.url) continue;
        const { start } = script.functionAt(location.line, location.column);
        const computed = computedKeys.find((one) => one.start === start);
        if (computed !== undefined) values[computed.variable] = key;
      }
    return values;
  }

  #maker({ makers }: Home, code: FunctionCode, variables: readonly string[]): number {
    const known = makers.find((one) => one.code.start === code.start && one.variables.join() === variables.join());
    if (known !== undefined) return known.index;
    const index = this.#nMakers;
    makers.push({ index, code, fragment: code.fragment, variables });
    this.#nMakers += 1;
    return index;
  }

  /** The node of a value that a script of a copied function has imported; undefined for any other. */
  imported(value: object): GraphNode | undefined {
    const found = this.#importedValues.get(value);
    if (found === undefined) return this.#memberOfImported(value);
    // What is only a value is copied, as any other, unless the import itself is used beside it: then both are the same object.
    const isValue = typeof value !== "function" && found.name !== "*" && !this.#known.imported.has(value);
    if (isValue || this.#isOfDriver(value)) return undefined;
    this.#moduleState.note(found);
    return {
      kind: "imported",
      reference: this.#reference(found.specifier, found.importer, found.name, found.isRequired),
    };
  }

  /** The node of something that stands in an imported class or object under a name. */
  #memberOfImported(value: object): GraphNode | undefined {
    const member = this.#importedValues.memberOf(value);
    if (member === undefined || this.#isOfDriver(member.of.value)) return undefined;
    const { specifier, importer, name, isRequired, value: owner } = member.of;
    const reference = this.#reference(specifier, importer, name, isRequired);
    return {
      kind: "member",
      of: this.#graph().know(owner as object, { kind: "imported", reference }),
      key: member.key,
    };
  }

  /** Whether an import of the script stays one: then its statement is taken along. */
  #import({ name, declaration, properties }: Reference, scopes: readonly object[], home: Home): boolean {
    if (declaration?.import === undefined) return false;
    const { statement, specifier, imported } = declaration.import;
    const found = lookUp(scopes, name);
    const value = found === null || "error" in found ? undefined : found.value;
    const values = imported === "*" ? Object.values(pick(Object(value), properties.keys())) : [value];
    if (values.some((one) => this.#isOfDriver(one))) return false;
    if (!home.imports.includes(statement)) home.imports.push(statement);
    for (const one of values) if (typeof one === "object" && one !== null) this.#known.imported.add(one);
    const used = properties.has("*") ? undefined : [...properties.keys()];
    this.#moduleState.note({ specifier, importer: home.file, name: imported, value, used });
    return true;
  }

  /** Whether a function is of a module that starts optimizations: it is copied, for importing that would start another. */
  #isOfDriver(value: unknown): boolean {
    if (typeof value !== "function" || types.isProxy(value)) return false;
    const { location } = this.#inspector.factsOf(value as AnyFunction);
    if (location === null || this.#inspector.url(location.scriptId).startsWith("node:")) return false;
    const script = this.#script(location.scriptId);
    return isProgram(script.file) || this.#known.copied.has(script) || (!isOfPackage(script.file) && script.isDriver);
  }

  #home(script: Script, scopes: readonly object[]): Home {
    const known = this.#homes.get(script);
    if (known !== undefined) return known;
    const file = script.file === "" ? resolve("closure.js") : script.file;
    const home: Home = {
      url: script.url,
      file,
      text: script.text,
      isModule: script.isModule,
      originalPosition: (offset) => script.positionAt(offset),
      imports: [],
      makers: [],
    };
    this.#homes.set(script, home);
    if (!isOfPackage(script.file)) this.#known.copied.add(script);
    this.#importedValues.note(script, home.file, scopes);
    return home;
  }

  #script(scriptId: string): Script {
    const known = this.#known.scripts.get(scriptId);
    if (known !== undefined) return known;
    const script = knownScript(scriptId, () => this.#inspector.script(scriptId));
    this.#known.scripts.set(scriptId, script);
    return script;
  }

  /** A driver's own module is copied from, never imported: it would start another run. */
  #isImported(script: Script, { exportName }: FunctionCode): boolean {
    return (
      exportName !== null &&
      script.file !== "" &&
      !this.#known.copied.has(script) &&
      !isProgram(script.file) &&
      (isOfPackage(script.file) || !script.isDriver)
    );
  }

  #reference(specifier: string, importer: string, name: string, isRequired = false): number {
    const known = this.#references.findIndex(
      (one) =>
        one.specifier === specifier &&
        one.importer === importer &&
        one.name === name &&
        (one.isRequired ?? false) === isRequired,
    );
    if (known >= 0) return known;
    const reference = { specifier, importer, name };
    return this.#references.push(isRequired ? { ...reference, isRequired } : reference) - 1;
  }
}
