import { afterAll, describe, expect, it } from "vitest";
import { buildArtifact } from "../../src/transport/artifact.ts";
import { defineCriterion } from "../../src/transport/define-criterion.ts";
import { portableOf } from "../../src/transport/portable.ts";
import { fromWireError } from "../../src/transport/remote-error.ts";
import { toWireError } from "../../src/transport/wire-error.ts";
import { functionFromArtifact } from "../../src/worker/evaluate.ts";
import { failure, Project } from "./project.ts";

const helper = `export class StepError extends Error {
  override name = "StepError";
  code = "E_STEP";
  extra = { deep: true };
}
export function fail(depth: number): never {
  if (depth === 0) throw new StepError("the step is too long");
  return fail(depth - 1);
}
`;
const model = `import { fail, StepError } from "./lib/helper.ts";

/* A comment of several
   lines. */
export const direct = (p: number) => {
  const unused = 1;
  if (p > unused) throw new RangeError("p is too large");
  return p;
};
export const deep = (p: number) => fail(2);
export const chained = async (p: number) => {
  try {
    fail(0);
  } catch (cause) {
    throw new TypeError("outer", { cause });
  }
};
export const typed = (p: { a?: { b: number } }) => p.a!.b;
export const aggregate = async () => {
  await Promise.any([Promise.reject(new RangeError("one")), Promise.reject("two")]);
};
export const thrower = (p: number, what: unknown) => { throw what; };
export const overflow = (p: number): number => overflow(p) + 1;
`;
const project = new Project({ "model.ts": model, "lib/helper.ts": helper });
afterAll(() => project[Symbol.dispose]());

/** The error as the driver sees it when the criterion failed on a worker. */
async function remoteError(name: string, params: unknown, args: readonly unknown[] = []): Promise<Error> {
  const criterion = defineCriterion(project.url("model.ts"), { export: name, args: args as never });
  const artifact = await buildArtifact(portableOf(criterion) as never);
  const fun = await functionFromArtifact(artifact.bytes, "there");
  const thrown = await failure(() => fun(params));
  return fromWireError(JSON.parse(JSON.stringify(toWireError(thrown))));
}

/** "file:line:column" of a text in a file. */
function placeOf(file: string, source: string, text: string): string {
  const before = source.slice(0, source.indexOf(text)).split("\n");
  return `${project.path(file)}:${before.length}:${(before.at(-1) as string).length + 1}`;
}

describe("errors of a criterion on a worker", () => {
  it("tell the line and column in the user's file", async () => {
    const error = await remoteError("direct", 2);
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toBe("p is too large");
    const lines = (error.stack as string).split("\n");
    expect(lines[0]).toBe("RangeError: p is too large");
    expect(lines[1]).toContain(placeOf("model.ts", model, 'new RangeError("p is'));
    expect(lines[1]).toMatch(/at direct \(/);
    expect(lines).toHaveLength(2);
  });

  it("tell every frame of the user's files", async () => {
    const error = await remoteError("deep", 2);
    const lines = (error.stack as string).split("\n");
    expect(lines[1]).toContain(placeOf("lib/helper.ts", helper, "new StepError("));
    expect(lines[2]).toContain(placeOf("lib/helper.ts", helper, "fail(depth - 1)"));
    expect(lines[4]).toContain(placeOf("model.ts", model, "fail(2)"));
    expect(error).toMatchObject({ name: "StepError", code: "E_STEP" });
  });

  it("tell errors of the runtime itself", async () => {
    const error = await remoteError("typed", {});
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe("Cannot read properties of undefined (reading 'b')");
    expect((error.stack as string).split("\n")[1]).toContain(placeOf("model.ts", model, "b;\nexport const aggregate"));
  });

  it("keep the causes, each with its place", async () => {
    const error = await remoteError("chained", 1);
    expect(error).toMatchObject({ name: "TypeError", message: "outer" });
    expect(error.stack).toContain(placeOf("model.ts", model, 'new TypeError("outer"'));
    expect(error.cause).toMatchObject({ name: "StepError", message: "the step is too long" });
    expect((error.cause as Error).stack).toContain(placeOf("lib/helper.ts", helper, "new StepError("));
  });

  it("keep the errors of an AggregateError", async () => {
    const error = (await remoteError("aggregate", 1)) as AggregateError;
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.errors.map(({ name, message }) => `${name}: ${message}`)).toEqual([
      "RangeError: one",
      expect.stringMatching(/^NonErrorThrown: one of the errors is "two", which is not an Error/),
    ]);
    expect(error.errors[0].stack).toContain(placeOf("model.ts", model, 'new RangeError("one")'));
  });

  it.each([
    ["text", /^the criterion threw "text", which is not an Error: write throw new Error/],
    [undefined, /threw undefined, which/],
    [null, /threw null, which/],
    [{ status: 3 }, /threw \{"status":3\}, which/],
  ])("tell that %j was thrown, which is no error", async (thrown, message) => {
    const error = await remoteError("thrower", 1, [thrown]);
    expect([error.name, error.message]).toEqual(["NonErrorThrown", expect.stringMatching(message)]);
  });

  it("tell endless recursion", async () => {
    const error = await remoteError("overflow", 1);
    expect(error).toBeInstanceOf(RangeError);
    expect(error.stack).toContain(`${project.path("model.ts")}:`);
  });

  it("have their places mapped in the driver's own process, too, causes included", async () => {
    const criterion = defineCriterion<(p: number) => unknown>(project.url("model.ts"), { export: "chained" });
    const error = await failure(() => criterion(1));
    expect(error.stack).toContain(placeOf("model.ts", model, 'new TypeError("outer"'));
    expect((error.cause as Error).stack).toContain(placeOf("lib/helper.ts", helper, "new StepError("));
  });
});

describe("toWireError", () => {
  const overWire = (thrown: unknown) => fromWireError(JSON.parse(JSON.stringify(toWireError(thrown))));

  it.each(["name", "message", "stack", "code", "cause"])("survives an error whose %s cannot be read", (property) => {
    const error = new Error("kept");
    Object.defineProperty(error, property, {
      get() {
        throw new Error("no");
      },
    });
    expect(() => overWire(error)).not.toThrow();
    if (property !== "message") expect(overWire(error).message).toBe("kept");
  });

  it("survives what only looks like an error", () => {
    expect(overWire(Object.create(Error.prototype)).name).toBe("Error");
    expect(overWire(Object.assign(new Error("x"), { name: 3, stack: [1] })).name).toBe("3");
    expect(overWire(Object.assign(new Error("x"), { name: "constructor" }))).toBeInstanceOf(Error);
    expect(overWire(Object.assign(new Error("x"), { cause: null })).cause).toBeUndefined();
  });

  it("ends a circle of causes and of errors", () => {
    const error = new AggregateError([], "round");
    error.errors.push(...new Array(8).fill(error));
    error.cause = error;
    expect(JSON.stringify(toWireError(error)).length).toBeLessThan(1_000_000);
  });

  it("keeps begin and end of a message that is too long to send", () => {
    const { message } = overWire(new Error(`begin${"x".repeat(8_000_000)}end`));
    expect(message.length).toBeLessThan(20_000);
    expect(message).toMatch(/^beginx.*… \d+ characters left out ….*xend$/);
  });

  it("says what a cause is that is no error", () => {
    const cause = overWire(new Error("outer", { cause: { status: 503 } })).cause as Error;
    expect(cause.message).toMatch(/^the cause is \{"status":503\}, which is not an Error/);
  });

  it("does not touch an error that is frozen", async () => {
    const frozen = Object.freeze(new Error("cold"));
    using icy = new Project({ "icy.ts": "export const fun = (p: number, key: string) => { throw globalThis[key]; };" });
    (globalThis as Record<string, unknown>).fanoptFrozen = frozen;
    const fun = defineCriterion<(p: number, key: string) => never>(icy.url("icy.ts"), {
      export: "fun",
      args: ["fanoptFrozen"],
    });
    expect(await failure(() => fun(1))).toBe(frozen);
  });
});
