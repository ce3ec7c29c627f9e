import { types } from "node:util";
import type { Reference } from "./function-code.ts";
import { dataProperty, isNative } from "./realms.ts";
import { languageGlobals } from "./standard-globals.ts";

/** What of JavaScript's own is used and is not JavaScript's here: `Date` of a test's clock, a seeded `Math.random`. */
export function patchedBuiltIns({ name, properties }: Pick<Reference, "name" | "properties">): string[] {
  if (!languageGlobals.has(name)) return [];
  const own: unknown = dataProperty(globalThis, name);
  if (isPatched(own)) return [name];
  if ((typeof own !== "object" && typeof own !== "function") || own === null) return [];
  return [...properties.keys()]
    .filter((property) => isPatched(dataProperty(own, property)))
    .map((property) => `${name}.${property}`);
}

function isPatched(value: unknown): boolean {
  return typeof value === "function" && (types.isProxy(value) || !isNative(value));
}
