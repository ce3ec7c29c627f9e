import { afterAll, describe, expect, it } from "vitest";
import { buildInternalFun } from "../../src/problem/internal-fun.ts";
import type { Outcome } from "../../src/problem/outcome.ts";
import { type Packed, unpack } from "../../src/transport/codec.ts";
import { defineCriterion } from "../../src/transport/define-criterion.ts";
import { carryPortable } from "../../src/transport/portable.ts";
import { createHandler } from "../../src/worker/handler.ts";
import { PROTOCOL_VERSION, type WorkerRequest, type WorkerResponse } from "../../src/worker/protocol.ts";
import { Project } from "../transport/project.ts";
import { artifactOf, contextOf, endOf, hashesOf, inlineOf, requestOf, tenMinutes, wholeOf } from "./requests.ts";

const project = new Project({
  "model.ts": `
    globalThis.fanoptTestLoads = (globalThis.fanoptTestLoads ?? 0) + 1;
    export const double = (p: number) => 2 * p;
    export const add = (p: number, ...rest: number[]) => rest.reduce((sum, one) => sum + one, p);
    export const fail = (p: number) => { if (p > 1) throw new RangeError("too large"); return p; };
    export const forever = () => new Promise(() => {});
    export const strange = () => new Map([["f", () => 1]]) as never;
    export const secretive = () => { throw Object.defineProperty(new Error("x"), "message", { get() { throw 1; } }); };
    export const table = {};
    export const at = (i: number, data: Float64Array) => data[i];
    export const negative = (i: number, data: Float64Array) => -data[i];
  `,
  "throws.ts": 'export const fun = () => 1;\nthrow new Error("at load");',
});
afterAll(() => project[Symbol.dispose]());
const loads = () => (globalThis as { fanoptTestLoads?: number }).fanoptTestLoads ?? 0;
const define = (name: string, args: readonly unknown[] = [], file = "model.ts") =>
  defineCriterion<(p: never, ...args: unknown[]) => unknown>(project.url(file), { export: name, args });
const outcomesOf = (response: WorkerResponse) =>
  response.kind === "outcomes" ? response.outcomes.map(endOf) : response.kind;

describe("createHandler", () => {
  it("asks for an artifact that it has not got, takes it inline, and keeps it", async () => {
    const handle = createHandler();
    const artifact = await artifactOf(define("double"));
    const need = await handle(requestOf(artifact, [3]), tenMinutes);
    expect(need).toMatchObject({ kind: "need", parts: ["content"], protocol: PROTOCOL_VERSION, invocation: 1 });
    const first = await handle(requestOf(artifact, [3], wholeOf(artifact)), tenMinutes);
    expect([first.worker, first.invocation, outcomesOf(first)]).toEqual([need.worker, 2, [6]]);
    expect(outcomesOf(await handle(requestOf(artifact, [4]), tenMinutes))).toEqual([8]);
    expect(createHandler()).not.toBe(handle);
    expect((await createHandler()(requestOf(artifact, []), tenMinutes)).worker).not.toBe(need.worker);
  });

  it("answers in JSON alone", async () => {
    const artifact = await artifactOf(define("fail"));
    const response = await createHandler()(requestOf(artifact, [1, 2], wholeOf(artifact)), tenMinutes);
    expect(JSON.parse(JSON.stringify(response))).toEqual(response);
  });

  it("evaluates several tasks one after the other; a failure is an outcome", async () => {
    const artifact = await artifactOf(define("fail"));
    const response = await createHandler()(requestOf(artifact, [1, 2, 0.5], wholeOf(artifact)), tenMinutes);
    expect(outcomesOf(response)).toEqual([1, "RangeError", 0.5]);
  });

  it("passes args after the parameters, and spreads where that is asked for", async () => {
    const added = define("add", [10, 20]);
    const spread = carryPortable(added, () => {}, { unpack: "spread" });
    const handle = createHandler();
    const [one, many] = [await artifactOf(added), await artifactOf(spread)];
    expect(outcomesOf(await handle(requestOf(one, [1], wholeOf(one)), tenMinutes))).toEqual([31]);
    expect(outcomesOf(await handle(requestOf(many, [[1, 2]], wholeOf(many)), tenMinutes))).toEqual([33]);
    expect(await (added as (...given: number[]) => unknown)(1, 2)).toBe(33);
  });

  it("gives the outcome of an internal function, with its own name as worker", async () => {
    const fun = buildInternalFun({ fun: define("double") as never, params: 1, direction: "maximize" });
    const artifact = await artifactOf(fun);
    const point = { x: new Float64Array([3]), want: "fun" };
    const response = await createHandler()(requestOf(artifact, [point], wholeOf(artifact)), tenMinutes);
    const [outcome] = response.kind === "outcomes" ? response.outcomes : [];
    const { value, historyEntry } = unpack((outcome as { value: Packed }).value) as Outcome;
    expect([value, historyEntry.fun, historyEntry.worker]).toEqual([-6, 6, response.worker]);
    expect(outcome.milliseconds).toBeGreaterThanOrEqual(historyEntry.workerDuration);
  });

  it("loads an artifact once, also when asked twice at the same time", async () => {
    const handle = createHandler();
    const artifact = await artifactOf(define("double", [loads()]));
    const before = loads();
    const request = requestOf(artifact, [1], wholeOf(artifact));
    const responses = await Promise.all([handle(request, tenMinutes), handle(request, tenMinutes)]);
    expect(responses.map(outcomesOf)).toEqual([[2], [2]]);
    expect(loads() - before).toBeLessThanOrEqual(1);
  });

  it("forgets the artifact that was not used for longest", async () => {
    const handle = createHandler();
    const artifacts = await Promise.all(Array.from({ length: 17 }, (_, i) => artifactOf(define("add", [i]))));
    const give = (i: number) => handle(requestOf(artifacts[i], [0], wholeOf(artifacts[i])), tenMinutes);
    for (let i = 0; i < 16; i++) await give(i);
    await handle(requestOf(artifacts[0], [0]), tenMinutes);
    await give(16);
    const kinds = [];
    for (const i of [0, 1, 2, 16]) kinds.push(outcomesOf(await handle(requestOf(artifacts[i], [0]), tenMinutes)));
    expect(kinds).toEqual([[0], "need", [2], [16]]);
  });

  it("refuses another protocol, and what is no request, without evaluating", async () => {
    const artifact = await artifactOf(define("double"));
    for (const request of [requestOf(artifact, [1], { protocol: PROTOCOL_VERSION + 1 }), {}, null, undefined, "x"])
      expect(await createHandler()(request as never, tenMinutes)).toMatchObject({
        kind: "mismatch",
        protocol: PROTOCOL_VERSION,
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      });
  });

  it.each<[string, (inline: string) => string]>([
    ["other bytes", () => inlineOf({ hash: "", bytes: new Uint8Array(9) })],
    ["what is not compressed", () => "AAAA"],
    ["half of it", (inline) => inline.slice(0, inline.length / 2)],
  ])("refuses %s under the artifact's hash, and takes the right ones afterwards", async (_what, damage) => {
    const handle = createHandler();
    const artifact = await artifactOf(define("double"));
    const inline = inlineOf(artifact);
    const response = await handle(
      requestOf(artifact, [1], { content: { hash: artifact.hash, inline: damage(inline) } }),
      tenMinutes,
    );
    expect(response).toMatchObject({ kind: "unusable", error: { code: "artifact-damaged" } });
    expect(outcomesOf(await handle(requestOf(artifact, [1], wholeOf(artifact)), tenMinutes))).toEqual([2]);
  });

  it.each([
    ["throws.ts", "fun", /The module of fun of throws\.ts threw while it was loaded: Error: at load/],
    ["model.ts", "table", /The export table of model\.ts must be a function/],
  ])("tells that %s cannot be used", async (file, name, message) => {
    const artifact = await artifactOf(define(name, [], file));
    const response = await createHandler()(requestOf(artifact, [1], wholeOf(artifact)), tenMinutes);
    expect(response).toMatchObject({ kind: "unusable", error: { code: "criterion-load" } });
    expect(response.kind === "unusable" && response.error.message).toMatch(message);
  });

  it("makes outcomes of a result that cannot be sent, a task that is damaged, and an error that cannot be read", async () => {
    const handle = createHandler();
    const strange = await artifactOf(define("strange"));
    const response = await handle(requestOf(strange, [1], wholeOf(strange)), tenMinutes);
    expect(response).toMatchObject({
      outcomes: [
        { error: { message: expect.stringMatching(/^what the criterion returned\.get\("f"\) is a function/) } },
      ],
    });
    expect(
      await handle(
        requestOf(strange, [], { tasks: [{ tree: { $: "Float64Array", o: 0, n: 4 }, binary: "AAAA" }] }),
        tenMinutes,
      ),
    ).toMatchObject({
      outcomes: [{ error: { message: expect.stringMatching(/^Damaged value/) } }],
    });
    const secretive = await artifactOf(define("secretive"));
    const told = await handle(requestOf(secretive, [1], wholeOf(secretive)), tenMinutes);
    expect(outcomesOf(told)).toEqual(["Error"]);
  });

  it("answers before the function's timeout when the criterion does not end, and leaves the tasks after it", async () => {
    const artifact = await artifactOf(define("forever"));
    const deadline = performance.now() + 1_500;
    const context = contextOf(() => deadline - performance.now());
    const request = requestOf(artifact, [1, 2], wholeOf(artifact));
    const response = await createHandler()(request, context);
    expect(response).toMatchObject({
      outcomes: [
        {
          error: {
            name: "EvaluationTimeout",
            message: expect.stringMatching(/had not finished after [\d.]+ s, .*never resolves, or .*timeout .*raised/),
          },
        },
      ],
    });
    expect(outcomesOf(response)).toHaveLength(1);
  });

  it("starts nothing when no time is left, and says so", async () => {
    const artifact = await artifactOf(define("double"));
    const request = requestOf(artifact, [1, 2], wholeOf(artifact));
    const response = await createHandler()(
      request,
      contextOf(() => -5),
    );
    expect(response).toMatchObject({
      outcomes: [{ error: { message: expect.stringMatching(/was not started: no time was left/) } }],
    });
    expect(outcomesOf(response)).toEqual(["EvaluationTimeout"]);
  });

  it("tells what an invocation is priced by", async () => {
    const artifact = await artifactOf(define("double"));
    expect(await createHandler()(requestOf(artifact, []), tenMinutes)).toMatchObject({
      memoryMB: 1769,
      architecture: process.arch === "arm64" ? "arm64" : "x86_64",
    });
  });

  it("takes a function without a timeout", async () => {
    const artifact = await artifactOf(define("double"));
    const context = contextOf(() => Number.POSITIVE_INFINITY);
    const response = await createHandler()(requestOf(artifact, [1], wholeOf(artifact)), context);
    expect(outcomesOf(response)).toEqual([2]);
  });
});

describe("an artifact whose data is a part of its own", () => {
  const data = Float64Array.from({ length: 20_000 }, (_, i) => i / 7);
  const partsOf = async (name: string, given: Float64Array = data) => {
    const artifact = await artifactOf(define(name, [given]));
    const { content, data: part } = wholeOf(artifact);
    if (artifact.data === null || part === undefined) throw new Error("it should have a data part");
    return { artifact, content, data: part, hashes: hashesOf(artifact) };
  };

  it("is asked for part by part, and kept", async () => {
    const handle = createHandler();
    const { artifact, content, data, hashes } = await partsOf("at");
    const ask = async (parts: Partial<WorkerRequest>) => {
      const response = await handle(requestOf(artifact, [3], parts), tenMinutes);
      return response.kind === "need" ? response.parts : outcomesOf(response);
    };
    expect(await ask({})).toEqual(["content", "data"]);
    expect(await ask({ content })).toEqual(["data"]);
    expect(await ask({ data })).toEqual(["content"]);
    expect(await ask({ content, data })).toEqual([3 / 7]);
    expect(await ask(hashes)).toEqual([3 / 7]);
  });

  it("with other code finds the data, and says that it has kept it; with other data it needs that", async () => {
    const handle = createHandler();
    const one = await partsOf("at");
    expect(await handle(requestOf(one.artifact, [3], wholeOf(one.artifact)), tenMinutes)).toMatchObject({
      kind: "outcomes",
      keepsData: true,
    });
    const two = await partsOf("negative");
    expect(two.data.hash).toBe(one.data.hash);
    const response = await handle(requestOf(two.artifact, [3], { content: two.content }), tenMinutes);
    expect(outcomesOf(response)).toEqual([-3 / 7]);
    const three = await partsOf("negative", data.slice(1));
    const { content } = three;
    expect(await handle(requestOf(three.artifact, [3], { content }), tenMinutes)).toMatchObject({ parts: ["data"] });
  });

  it("is kept as its function alone where memory is short, and says so", async () => {
    const handle = createHandler();
    // A quarter of it is taken by the function.
    const context = { ...tenMinutes, memoryLimitInMB: "1" };
    const { artifact } = await partsOf("at");
    for (const parts of [wholeOf(artifact), hashesOf(artifact)]) {
      const response = await handle(requestOf(artifact, [3], parts), context);
      expect(response).toMatchObject({ kind: "outcomes", keepsData: false });
    }
    const { artifact: other, content } = await partsOf("negative");
    expect(await handle(requestOf(other, [3], { content }), context)).toMatchObject({ parts: ["data"] });
  });

  it("runs with the data that it names, and with no other", async () => {
    const { artifact, content, data: right } = await partsOf("at");
    const { data: wrong } = await partsOf("at", data.slice(1));
    const small = await artifactOf(define("double"));
    const damaged = { kind: "unusable", error: { code: "artifact-damaged" } };
    const handle = createHandler();
    const swapped = { hash: right.hash, ...(wrong.inline === undefined ? {} : { inline: wrong.inline }) };
    for (const data of [wrong, swapped, undefined])
      expect(await handle({ ...requestOf(artifact, [3], { content }), data } as never, tenMinutes)).toMatchObject(
        damaged,
      );
    expect(await handle(requestOf(small, [3], { ...wholeOf(small), data: right }), tenMinutes)).toMatchObject(damaged);
    const request = requestOf(artifact, [3], { content, data: right });
    expect(outcomesOf(await handle(request, tenMinutes))).toEqual([3 / 7]);
    // Nor once it is loaded.
    expect(await handle(requestOf(artifact, [3], { data: wrong }), tenMinutes)).toMatchObject(damaged);
  });

  it("is allowed by the hash of its content, which names the data's", async () => {
    const { artifact } = await partsOf("at");
    const handle = createHandler({ allowedArtifacts: artifact.hash });
    expect(outcomesOf(await handle(requestOf(artifact, [7], wholeOf(artifact)), tenMinutes))).toEqual([1]);
    const other = await partsOf("at", data.slice(1));
    const refused = await handle(requestOf(other.artifact, [7], wholeOf(other.artifact)), tenMinutes);
    expect(refused).toMatchObject({ kind: "unusable", error: { code: "artifact-not-allowed" } });
  });
});
