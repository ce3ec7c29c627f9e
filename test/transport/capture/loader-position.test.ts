import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { loaderPosition } from "../../../src/transport/capture/loader-position.ts";

const holder = Error as { prepareStackTrace?: unknown };
const original = holder.prepareStackTrace;
afterEach(() => {
  holder.prepareStackTrace = original;
});

it("is what the loader of stacks makes of a position", () => {
  holder.prepareStackTrace = (
    _: Error,
    [site]: { getLineNumber(): number; getColumnNumber(): number; getFileName(): string }[],
  ) => `Error: position\n    at f (${site.getFileName()}:${site.getLineNumber() - 3}:${site.getColumnNumber() + 1})`;
  expect(loaderPosition("/a b/model.ts", 10, 4)).toEqual({ file: "/a b/model.ts", line: 7, column: 5 });
});

it("is nothing where a program uses the hook for something else, or it throws", () => {
  const nothing = (prepare: unknown) => {
    holder.prepareStackTrace = prepare;
    return loaderPosition("/model.ts", 1, 1);
  };
  expect(nothing((_: Error, sites: unknown[]) => sites)).toBeNull();
  expect(nothing(() => "no frame here")).toBeNull();
  expect(
    nothing(() => {
      throw new Error("broken");
    }),
  ).toBeNull();
});

it("vitest, which runs this, maps to this file's own lines", () => {
  const here = new Error("here").stack?.match(/loader-position\.test\.ts:(\d+):(\d+)/) ?? [];
  // A frame as V8 has it, before any mapping.
  holder.prepareStackTrace = (_: Error, sites: { getLineNumber(): number; getColumnNumber(): number }[]) => sites[0];
  const raw = new Error("raw").stack as unknown as { getLineNumber(): number; getColumnNumber(): number };
  holder.prepareStackTrace = original;
  const position = loaderPosition(fileURLToPath(import.meta.url), raw.getLineNumber(), raw.getColumnNumber());
  expect(position?.line).toBe(Number(here[1]) + 3);
});
