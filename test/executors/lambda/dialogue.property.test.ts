/** What is said between a driver and its workers until each has what it needs: real handlers, in fleets that come, die and forget. */
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ArtifactDelivery, Carried, Holder } from "../../../src/executors/lambda/artifact-delivery.ts";
import { Deliveries } from "../../../src/executors/lambda/deliveries.ts";
import { converse } from "../../../src/executors/lambda/dialogue.ts";
import type { Reply } from "../../../src/executors/lambda/invoke.ts";
import type { Artifact } from "../../../src/transport/artifact.ts";
import { defineCriterion } from "../../../src/transport/define-criterion.ts";
import { createHandler } from "../../../src/worker/handler.ts";
import type { PartName, WorkerResponse } from "../../../src/worker/protocol.ts";
import { Project } from "../../transport/project.ts";
import { artifactOf, endOf, requestOf, tenMinutes } from "../../worker/requests.ts";

const project = new Project({
  "model.ts": `
    export const add = (i: number, data: Float64Array) => data[i] + 1000;
    export const subtract = (i: number, data: Float64Array) => data[i] - 1000;
    // Too much to travel with each invocation.
    export const noisy = (i: number, data: Float64Array) => data[i] + ${JSON.stringify(randomBytes(6_000).toString("base64"))}.length;
  `,
});
afterAll(() => project[Symbol.dispose]());

const expectedOf: Readonly<Record<string, (at: number) => number>> = {
  add: (at) => at + 1000,
  subtract: (at) => at - 1000,
  noisy: (at) => at + 8_000,
};
const names = Object.keys(expectedOf);
/** 80 kB each that can hardly be compressed, but for the first ones. */
const data = [1, 2].map((factor) =>
  Float64Array.from({ length: 10_000 }, (_, i) => (i < 100 ? factor * i : Math.sin(factor * i))),
);
interface Subject {
  readonly artifact: Artifact;
  readonly expected: (i: number) => number;
}
const subjects: Subject[] = [];
beforeAll(async () => {
  for (const name of names)
    for (const [d, values] of data.entries()) {
      const fun = defineCriterion<(i: number, data: Float64Array) => number>(project.url("model.ts"), {
        export: name,
        args: [values],
      });
      const artifact = await artifactOf(fun);
      expect(artifact.data).not.toBeNull();
      subjects.push({ artifact, expected: (i) => expectedOf[name]((d + 1) * i) });
    }
});

/** Where requests wait until the test has them answered, or lost. */
class Fleet {
  readonly idle: ReturnType<typeof createHandler>[] = [];
  readonly pending: Array<{ answer(): Promise<void>; lose(): void }> = [];
  readonly #memoryLimitInMB: string;

  constructor(memoryMB: number) {
    this.#memoryLimitInMB = String(memoryMB);
  }

  send(artifact: Artifact, at: number, carried: Carried): Promise<Reply> {
    const worker = this.idle.pop() ?? createHandler();
    const context = { ...tenMinutes, memoryLimitInMB: this.#memoryLimitInMB };
    return new Promise((resolve) => {
      this.pending.push({
        answer: async () => {
          const response = await worker(requestOf(artifact, [at], carried), context);
          this.idle.push(worker);
          resolve({ kind: "answer", response, logTail: "", milliseconds: 1 });
        },
        lose: () => resolve({ kind: "lost", error: new Error("lost"), milliseconds: 1 }),
      });
    });
  }
}

/** What is known of a part, counted apart from the code under test. */
class Count {
  inFlight = 0;
  /** Those in flight that carry it. */
  carriers = 0;
  readonly known = new Set<string>();
  /** How often it was sent. */
  sent = 0;

  get isScarce(): boolean {
    return this.inFlight > this.known.size + this.carriers;
  }
}

class Driver {
  readonly deliveries = new Deliveries(async (why) => {
    throw new Error(why);
  });
  readonly fleet: Fleet;
  readonly counts = new Map<string, Count>();
  misses = 0;

  constructor(fleet: Fleet) {
    this.fleet = fleet;
  }

  count(part: string): Count {
    const count = this.counts.get(part) ?? new Count();
    this.counts.set(part, count);
    return count;
  }

  /** Evaluates, again after losses. */
  async evaluate({ artifact, expected }: Subject, at: number): Promise<void> {
    const delivery = await this.deliveries.of(artifact);
    for (;;) {
      const reply = await this.#invoke(delivery, artifact, at);
      if (reply.kind === "lost") continue;
      if (reply.kind !== "answer" || reply.response.kind !== "outcomes") throw new Error(JSON.stringify(reply));
      expect(reply.response.outcomes.map(endOf)).toEqual([expected(at)]);
      return;
    }
  }

  async #invoke(delivery: ArtifactDelivery, artifact: Artifact, at: number): Promise<Reply> {
    const parts = {
      content: this.count(artifact.hash),
      data: this.count(artifact.data?.hash ?? ""),
      // Of this code and this data.
      pair: this.count(`data for ${artifact.hash}`),
    };
    const all = Object.values(parts);
    for (const part of all) part.inFlight += 1;
    const allowed = { content: parts.content.isScarce, data: parts.data.isScarce && parts.pair.isScarce };
    const load = await delivery.begin();
    if (load.carried.data?.inline !== undefined) {
      expect(allowed.data).toBe(true);
      // For a worker that is taken to have the function it is of no use.
      expect(load.carried.content.inline).toBeDefined();
    }
    const isSmall = (load.carried.content.inline?.length ?? 0) <= 4_096;
    if (load.carried.content.inline !== undefined && !isSmall) expect(allowed.content).toBe(true);
    const carries = new Set<Count>();
    const asked = new Set<PartName>();
    let holder: Holder | null = null;
    try {
      const send = async (carried: Carried) => {
        for (const name of ["content", "data"] as const)
          if (carried[name]?.inline !== undefined) {
            parts[name].sent += 1;
            for (const count of name === "data" ? [parts.data, parts.pair] : [parts.content]) {
              if (!carries.has(count)) count.carriers += 1;
              carries.add(count);
            }
          }
        const reply = await this.fleet.send(artifact, at, carried);
        if (reply.kind === "answer") holder = this.#learn(reply.response, parts, asked);
        return reply;
      };
      return await converse(load, send, () => {
        this.misses += 1;
      });
    } finally {
      load.end(holder);
      for (const part of all) part.inFlight -= 1;
      for (const count of carries) count.carriers -= 1;
    }
  }

  #learn(response: WorkerResponse, { content, data, pair }: Record<PartName | "pair", Count>, asked: Set<PartName>) {
    if (response.kind === "need") {
      for (const name of response.parts) {
        // A part that was sent is not asked for.
        expect(asked.has(name)).toBe(false);
        asked.add(name);
      }
      if (response.parts.includes("content")) for (const count of [content, pair]) count.known.clear();
      if (response.parts.includes("data")) data.known.clear();
    }
    if (response.kind !== "outcomes") return null;
    for (const count of [content, pair]) count.known.add(response.worker);
    if (response.keepsData) data.known.add(response.worker);
    return response;
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

const subject = fc.nat({ max: names.length * data.length - 1 });
const command = fc.oneof(
  { weight: 4, arbitrary: fc.record({ submit: subject, at: fc.nat({ max: 99 }) }) },
  { weight: 4, arbitrary: fc.record({ answer: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ lose: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kill: fc.nat() }) },
);

it("gets each task its function, and sends no part that the rule does not allow, whatever becomes of the fleet", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(command, { maxLength: 60 }),
      // Of the second a quarter has room for a function, and not for the data beside it.
      fc.constantFrom(1769, 0.6),
      async (commands, memoryMB) => {
        const fleet = new Fleet(memoryMB);
        const driver = new Driver(fleet);
        const tasks: Array<Promise<void>> = [];
        const takePending = (nth: number) => fleet.pending.splice(nth % Math.max(1, fleet.pending.length), 1)[0];
        for (const command of commands) {
          if ("submit" in command) tasks.push(driver.evaluate(subjects[command.submit], command.at));
          else if ("answer" in command) await takePending(command.answer)?.answer();
          else if ("lose" in command) takePending(command.lose)?.lose();
          else if (fleet.idle.length > 0) fleet.idle.splice(command.kill % fleet.idle.length, 1);
          await settled();
          // What is new is compressed first.
          for (const { artifact } of subjects) if ("submit" in command) await driver.deliveries.of(artifact);
          await settled();
        }
        const ended = Promise.all(tasks);
        while (fleet.pending.length > 0) {
          await takePending(0).answer();
          await settled();
        }
        await ended;
      },
    ),
    { numRuns: 60 },
  );
});

it("sends each part once a worker, and nothing of it again with other code, in rounds of the same size", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 1 }),
      async (size, order) => {
        const fleet = new Fleet(1769);
        const driver = new Driver(fleet);
        for (const nth of order) {
          const artifact = subjects[nth].artifact;
          await driver.deliveries.of(artifact);
          for (let round = 0; round < 2; round++) {
            const tasks = Array.from({ length: size }, (_, i) => driver.evaluate(subjects[nth], i));
            await settled();
            await Promise.all(fleet.pending.splice(0).map((one) => one.answer()));
            await Promise.all(tasks);
          }
          expect(driver.count(artifact.data?.hash ?? "").sent).toBe(size);
          const { sent } = driver.count(artifact.hash);
          expect(sent).toBe(sent > size ? 2 * size : size);
        }
        expect(driver.misses).toBe(0);
        expect(fleet.idle).toHaveLength(size);
      },
    ),
    { numRuns: 20 },
  );
});
