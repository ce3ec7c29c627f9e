/** What every Node has, by its path: the other way of capture/built-ins.ts. */
import { FanoptError } from "../../errors.ts";
import { hiddenIntrinsics } from "./intrinsics.ts";

let hidden: ReadonlyMap<string, object> | undefined;
/** Namespaces of Node's modules: made once, so that they stay the same object. */
const namespaces = new Map<string, object>();

/**
 * The object at a path: `Math.sin`, `%TypedArray%.prototype`, `Map.prototype.get:size` (a getter), `Array.prototype.@@iterator` (a well-known symbol),
 * `node:fs` (the module's default export), `node:fs#readFileSync`, `node:fs#*` (its namespace).
 *
 * @throws FanoptError (code "criterion-load") when this Node does not have it.
 */
export function builtIn(path: string): unknown {
  const value = find(path);
  if (value === undefined)
    throw new FanoptError(
      "criterion-load",
      `The captured ${path} is not there in Node ${process.versions.node} of the worker. Run the driver and the workers with the same version of Node.`,
    );
  return value;
}

function find(path: string): unknown {
  if (path.startsWith("node:")) {
    const [id, steps] = path.split("#");
    const module = process.getBuiltinModule(id) as object | undefined;
    if (steps === "*") return module && namespaceOf(id, module);
    return steps === undefined ? module : walk(module, steps.split("."));
  }
  if (!path.startsWith("%")) return walk(globalThis, path.split("."));
  hidden ??= hiddenIntrinsics();
  const end = path.lastIndexOf("%") + 1;
  const root = hidden.get(path.slice(0, end));
  return end === path.length ? root : walk(root, path.slice(end + 1).split("."));
}

function walk(root: unknown, steps: readonly string[]): unknown {
  let value = root;
  for (const step of steps) {
    if (value === undefined || value === null) return undefined;
    const accessor = /^([gs]et):(.*)$/.exec(step);
    if (accessor === null) value = (value as Record<PropertyKey, unknown>)[keyOf(step)];
    else value = Object.getOwnPropertyDescriptor(value, keyOf(accessor[2]))?.[accessor[1] as "get" | "set"];
  }
  return value;
}

function keyOf(step: string): PropertyKey {
  return step.startsWith("@@") ? (Symbol[step.slice(2) as keyof typeof Symbol] as unknown as symbol) : step;
}

function namespaceOf(id: string, module: object): object {
  const known = namespaces.get(id);
  if (known !== undefined) return known;
  const namespace = Object.create(null, {
    ...Object.getOwnPropertyDescriptors(module),
    default: { value: module, enumerable: true },
    [Symbol.toStringTag]: { value: "Module" },
  }) as object;
  namespaces.set(id, namespace);
  return namespace;
}
