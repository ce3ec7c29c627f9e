import type { SourcePosition } from "./captured-code.ts";

/** Where a value was come by, for messages. */
export interface ValuePath {
  /** `captured variable "db".sock[0]` */
  readonly text: string;
  /** Where the variable is used; null for what is not reached through a variable. */
  readonly position: SourcePosition | null;
}

/** The path of a property or an element of a value. */
export function property(path: ValuePath, key: string | number): ValuePath {
  const step =
    typeof key === "number" ? `[${key}]` : /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  return { text: path.text + step, position: path.position };
}

/** The path of something inside a value, in words: `captured variable "m" key 3`. */
export function inside(path: ValuePath, words: string): ValuePath {
  return { text: `${path.text} ${words}`, position: path.position };
}
