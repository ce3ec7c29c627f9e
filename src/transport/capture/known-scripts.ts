import type { ScriptSource } from "./function-code.ts";
import { Script } from "./script.ts";

/** A closure that is sent with every batch is of the same few scripts each time. */
const MAX_KEPT = 16;
/** A syntax tree takes a hundred times its text. */
const MAX_KEPT_CHARACTERS = 500_000;

/** Scripts that were parsed before, least recently used first. V8 gives each script of a thread an identifier of its own. */
const kept = new Map<string, Script>();

/** A script of V8's, parsed once. */
export function knownScript(scriptId: string, read: () => ScriptSource): Script {
  const script = kept.get(scriptId) ?? new Script(read());
  kept.delete(scriptId);
  if (script.text.length <= MAX_KEPT_CHARACTERS) kept.set(scriptId, script);
  for (const oldest of kept.keys()) if (kept.size > MAX_KEPT) kept.delete(oldest);
  return script;
}
