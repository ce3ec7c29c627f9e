/**
 * What lets a function travel. A function value cannot be sent; its description can: which module and export, with which arguments, or which
 * closure, and how fanopt wraps it. The description rides on the function under a symbol; a function without one is described as a closure.
 */
export const PORTABLE: unique symbol = Symbol.for("fanopt.portable");

/** A module's export, applied to the parameters and then to `args`. */
export interface ModuleSource {
  /** File URL of the module. */
  readonly module: string;
  /** Name of the export; "default" for the default export. */
  readonly export: string;
  /** Further arguments after the parameters. */
  readonly args: readonly unknown[];
}

/** A function of this process, which is captured with all that it refers to. */
export interface ClosureSource {
  readonly closure: (...args: never[]) => unknown;
}

export type CriterionSource = ModuleSource | ClosureSource;

/** A function as workers build it. */
export type Portable = { readonly unpack?: "spread" } & (
  | {
      readonly kind: "criterion";
      readonly fun: CriterionSource;
      /** Loads the module's export in this process, once. */
      readonly load?: () => Promise<unknown>;
    }
  | {
      readonly kind: "internal-fun";
      readonly fun: CriterionSource;
      /** The user's other functions, such as `jac`; names are identifiers. */
      readonly others: Readonly<Record<string, CriterionSource>>;
      /** What the problem room needs to build the function again; plain data, opaque here. */
      readonly spec: unknown;
    }
);

/** One description a function, for executors tell by its identity what they have sent already. */
const closures = new WeakMap<object, Portable>();

/** The description of a function; undefined for anything else. */
export function portableOf(fun: unknown): Portable | undefined {
  if (typeof fun !== "function") return undefined;
  const marked = (fun as { [PORTABLE]?: Portable })[PORTABLE];
  if (marked !== undefined) return marked;
  const known = closures.get(fun);
  if (known !== undefined) return known;
  const closure: Portable = { kind: "criterion", fun: { closure: fun as ClosureSource["closure"] } };
  closures.set(fun, closure);
  return closure;
}

/** The module's export that a defined criterion stands for, with what it is marked with; any other value is itself. */
export async function exportBehind(fun: unknown): Promise<unknown> {
  const portable = portableOf(fun);
  return portable?.kind === "criterion" && portable.load !== undefined ? portable.load() : fun;
}

/** Puts a description on a function and returns it. */
export function markPortable<F extends object>(fun: F, portable: Portable): F {
  Object.defineProperty(fun, PORTABLE, { value: portable });
  return fun;
}

/** Marks `wrapper` as portable in the way `fun` is, `how` added; leaves it unmarked if `fun` is not portable. */
export function carryPortable<F extends object>(fun: unknown, wrapper: F, how: { readonly unpack?: "spread" } = {}): F {
  const portable = portableOf(fun);
  return portable === undefined ? wrapper : markPortable(wrapper, { ...portable, ...how });
}

/**
 * A closure under a new description: captured anew by whoever tells by the description what was sent already. What has its description from
 * elsewhere is returned as it is.
 */
export function asNewClosure<A, R>(fun: (arg: A) => R): (arg: A) => R {
  return isClosure(fun) ? markPortable((arg: A) => fun(arg), { ...(portableOf(fun) as Portable) }) : fun;
}

/** Whether nothing describes a function but its own code. */
export function isClosure(fun: (...args: never[]) => unknown): boolean {
  return !(PORTABLE in fun);
}
