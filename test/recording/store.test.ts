import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../../src/errors.ts";
import { listRuns, openRun } from "../../src/recording/runs.ts";
import { createRunStore, resolveRunStore } from "../../src/recording/store.ts";
import { makeRow, makeRun } from "./rows.ts";

describe("createRunStore and resolveRunStore", () => {
  it.each([
    [
      () => resolveRunStore("dynamo" as never),
      /unknown store "dynamo".*Did you mean dynamodb\?.*dynamodb, local, memory/,
    ],
    [() => resolveRunStore({ kind: "locl" } as never), /Did you mean local\?/],
    [() => resolveRunStore(7 as never), /expected "memory", "local", "dynamodb".*got 7/],
    [() => resolveRunStore({} as never), /options with a kind, or a RunStore; got \{\}/],
    [() => createRunStore("local" as never), /expected options with a kind.*got "local"/],
    [() => createRunStore({ kind: "local", pth: "x" } as never), /option pth.*Did you mean path\?/],
    [() => createRunStore({ kind: "local", path: "" }), /path must be a string that is not empty, got ""/],
    [() => createRunStore({ kind: "memory", maxRuns: 0 }), /maxRuns must be a positive integer, got 0/],
    [() => createRunStore({ kind: "dynamodb", ttlDays: -1 }), /ttlDays must be a positive number, got -1/],
    [() => createRunStore({ kind: "dynamodb", ttlDays: Number.NaN }), /ttlDays must be a positive number, got NaN/],
    [() => createRunStore({ kind: "dynamodb", endpoint: "localhost" }), /endpoint must be a URL.*got "localhost"/],
    [() => createRunStore({ kind: "dynamodb", client: {} as never }), /client must be a DynamoDBClient/],
    [
      () => createRunStore({ kind: "dynamodb", region: "eu-central-1", client: { send() {} } as never }),
      /give either them or a client/,
    ],
  ])("refuse what they do not know: %s", (call, message) => {
    expect(call).toThrow(InvalidInputError);
    expect(call).toThrow(message);
  });

  it("return a store as it is, and one memory for the process", () => {
    const store = createRunStore({ kind: "memory" });
    expect(resolveRunStore(store)).toBe(store);
    expect(resolveRunStore("memory")).toBe(resolveRunStore("memory"));
    expect(store).not.toBe(resolveRunStore("memory"));
  });

  it("describe a store before it is opened", () => {
    expect(createRunStore({ kind: "dynamodb", table: "history", region: "eu-central-1" }).description).toBe(
      "DynamoDB table history in eu-central-1",
    );
    expect(createRunStore({ kind: "local", path: "/srv/runs" }).description).toBe(
      "DynamoDB table fanopt (local, /srv/runs)",
    );
  });
});

describe("openRun and listRuns", () => {
  it("give back a run of this process with its history, and say what is missing", async () => {
    const store = resolveRunStore("memory");
    const writer = await store.createRun(makeRun("open-1"));
    writer.addPoints([makeRow(0), makeRow(2, { fun: 7 })]);
    const opened = await openRun("open-1");
    expect(opened.history.fun).toEqual(Float64Array.of(100, 7));
    expect(opened.history.index).toEqual(Int32Array.of(0, 2));
    expect(opened.warning).toMatch(/lacks 1 of its 3 points \(index 1\): the run is still being written/);
    expect((await listRuns({ store: "memory" })).map((run) => run.runId)).toContain("open-1");
  });

  it("leave a store that the caller brought usable", async () => {
    const store = createRunStore({ kind: "memory" });
    await store.createRun(makeRun("mine"));
    await listRuns({ store });
    expect((await openRun("mine", { store })).warning).toBeNull();
  });

  it("refuse bad arguments", async () => {
    await expect(openRun(3 as never)).rejects.toThrow(/id of a run as a string, got 3/);
    await expect(openRun("x", { stor: "local" } as never)).rejects.toThrow(/Did you mean store\?/);
    await expect(listRuns({ store: "lcal" as never })).rejects.toThrow(/Did you mean local\?/);
  });
});
