import { describe, expect, it } from "vitest";
import type { Carried, Load } from "../../../src/executors/lambda/artifact-delivery.ts";
import { converse } from "../../../src/executors/lambda/dialogue.ts";
import type { Reply } from "../../../src/executors/lambda/invoke.ts";
import { type PartName, PROTOCOL_VERSION, type WorkerResponse } from "../../../src/worker/protocol.ts";

const identity = {
  protocol: PROTOCOL_VERSION,
  version: "0.0.0",
  worker: "one",
  invocation: 1,
  memoryMB: 256,
  architecture: "arm64",
} as const;
const answer = (response: WorkerResponse): Reply => ({ kind: "answer", response, logTail: "", milliseconds: 1 });
const need = (...parts: PartName[]) => answer({ ...identity, kind: "need", parts });
const outcomes = answer({ ...identity, kind: "outcomes", outcomes: [], keepsData: true });
const unusable = (code: string) =>
  answer({ ...identity, kind: "unusable", error: { name: "FanoptError", message: "no", stack: "", code } });

const hashes = { content: { hash: "c" }, data: { hash: "d" } };
const inline = (...names: PartName[]): Carried =>
  Object.fromEntries(
    Object.entries(hashes).map(([name, part]) => [
      name,
      names.includes(name as PartName) ? { ...part, inline: name } : part,
    ]),
  ) as unknown as Carried;
const stored: Carried = { ...hashes, data: { hash: "d", stored: { url: "https://store.test/d", bytes: 1 } } };

/** What is sent and which calls the load gets, when the worker gives these replies. */
async function listen(carried: Carried, ...replies: Reply[]) {
  const told: unknown[] = [];
  const had = new Set<PartName>();
  const load: Load = {
    carried,
    complete: async (lacking) => {
      for (const name of lacking) had.add(name);
      told.push(["complete", ...lacking]);
      return inline(...had);
    },
    elsewhere: async () => {
      told.push(["elsewhere"]);
      return { ...stored, data: { hash: "d", stored: { url: "https://store.test/other", bytes: 1 } } };
    },
    end() {},
  };
  let misses = 0;
  const send = async (now: Carried) => {
    told.push(now);
    const reply = replies.shift();
    if (reply === undefined) throw new Error("sent once more than expected");
    return reply;
  };
  const reply = await converse(load, send, () => {
    misses += 1;
  });
  return { reply, told, misses };
}

describe("converse", () => {
  it("sends once what is answered", async () => {
    expect(await listen(hashes, outcomes)).toEqual({ reply: outcomes, told: [hashes], misses: 0 });
  });

  it("sends what is lacking, also when the second worker lacks something else", async () => {
    const { reply, told, misses } = await listen(hashes, need("content"), need("data"), outcomes);
    expect(reply).toBe(outcomes);
    expect(told).toEqual([
      hashes,
      ["complete", "content"],
      inline("content"),
      ["complete", "data"],
      inline("content", "data"),
    ]);
    expect(misses).toBe(2);
  });

  it.each<[string, Carried, Reply]>([
    ["a part that was sent", inline("data"), need("data")],
    ["one that was sent and one that was not", inline("data"), need("content", "data")],
    ["a part that is not there", { content: hashes.content }, need("data")],
    ["nothing", hashes, need()],
  ])("leaves to others what makes no sense: a worker that asks for %s", async (_what, carried, reply) => {
    expect(await listen(carried, reply)).toMatchObject({ reply, misses: 0 });
  });

  it("replaces a URL once", async () => {
    const unreachable = unusable("artifact-unreachable");
    expect((await listen(stored, unreachable, outcomes)).reply).toBe(outcomes);
    const { reply, told } = await listen(stored, unreachable, unreachable);
    expect(reply).toBe(unreachable);
    expect(told.filter((one) => Array.isArray(one))).toEqual([["elsewhere"]]);
  });

  it.each<[string, Carried, Reply]>([
    ["a failed download where nothing was to be downloaded", hashes, unusable("artifact-unreachable")],
    ["an artifact that is damaged", stored, unusable("artifact-damaged")],
    ["a lost answer", hashes, { kind: "lost", error: new Error("lost"), milliseconds: 1 }],
    ["a refusal", hashes, { kind: "not-run", reason: "throttled", error: new Error("throttled") }],
  ])("does not send again after %s", async (_what, carried, reply) => {
    expect(await listen(carried, reply)).toMatchObject({ reply, misses: 0 });
  });
});
