/** The `name` of a function as JavaScript gave it; "" where a program has put something else there. No getter is called. */
export function nameOf(fun: object): string {
  const name: unknown = Object.getOwnPropertyDescriptor(fun, "name")?.value;
  return typeof name === "string" ? name : "";
}
