/** The driver's ranks and the ranks themselves, over MPI in memory. */
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, expect, it, vi } from "vitest";
import { WorkerDeath } from "../../../src/executors/chunks/worker-pool.ts";
import type { RankReply } from "../../../src/executors/mpi/chunk-messages.ts";
import type { Guard } from "../../../src/executors/mpi/guard.ts";
import { TAGS } from "../../../src/executors/mpi/messages.ts";
import { ParkedRank } from "../../../src/executors/mpi/parked-rank.ts";
import { RankPool } from "../../../src/executors/mpi/rank-pool.ts";
import { Ranks } from "../../../src/executors/mpi/ranks.ts";
import { VERSION } from "../../../src/version.ts";
import type { ChunkReply, ChunkRequest } from "../../../src/worker/chunk-protocol.ts";
import { fakeWorlds } from "./fake-mpi.ts";

type Behaviour = "quick" | "waits" | "blocks" | "dies" | "hangs";

interface Plan {
  readonly behaviour: Behaviour;
  readonly isShort: boolean;
  /** Milliseconds until it is aborted; those that hang are in any case. */
  readonly abortMs: number | null;
}

const BLOCKED_MS = 25;

/** Without the process's own events: a chunk dies when it says so. */
class ScriptedGuard implements Pick<Guard, "watch"> {
  die: (reply: RankReply) => void = () => {};

  async watch(begin: (end: (reply: RankReply) => void) => () => void): Promise<RankReply> {
    const { promise, resolve } = Promise.withResolvers<RankReply>();
    this.die = resolve;
    const finish = begin(resolve);
    const reply = await promise;
    finish();
    return reply;
  }
}

function requestOf(index: number): ChunkRequest {
  return { content: { hash: "c" }, args: Uint8Array.of(index), sliceMs: 1 };
}

function replyOf(index: number): ChunkReply {
  return { kind: "outcomes", count: 1, values: Uint8Array.of(index), errors: [], milliseconds: 0 };
}

async function behave(behaviour: Behaviour, guard: ScriptedGuard): Promise<void> {
  if (behaviour === "waits") await sleep(5);
  if (behaviour === "blocks") for (const end = performance.now() + BLOCKED_MS; performance.now() < end; );
  if (behaviour === "dies") guard.die({ kind: "died", death: "exit", message: "called process.exit(1)", error: null });
  // It does not even listen: the rank is free when its driver gives it up.
  if (behaviour === "hangs") await sleep(2 ** 30, undefined, { ref: false });
}

const plans = fc.array(
  fc.record<Plan>({
    behaviour: fc.oneof(
      { weight: 6, arbitrary: fc.constant("quick" as const) },
      { weight: 2, arbitrary: fc.constantFrom("waits" as const, "dies" as const) },
      { weight: 1, arbitrary: fc.constantFrom("blocks" as const, "hangs" as const) },
    ),
    isShort: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    abortMs: fc.option(fc.integer({ min: 0, max: 30 }), { freq: 4 }),
  }),
  { minLength: 1, maxLength: 16 },
);

afterEach(() => {
  vi.restoreAllMocks();
});

it(
  "ends every chunk once, whatever becomes of it, and has all ranks afterwards",
  () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), plans, async (count, chunks) => {
        const [driver, ...worlds] = fakeWorlds(count + 1);
        const posts = worlds.map(({ mailbox }) => vi.spyOn(mailbox, "post"));
        const evaluated = chunks.map(() => 0);
        const serving = worlds.map((world) => {
          const guard = new ScriptedGuard();
          const evaluate = async ({ args: [index] }: ChunkRequest): Promise<ChunkReply> => {
            if (index in chunks) {
              evaluated[index] += 1;
              await behave(chunks[index].behaviour, guard);
            }
            return replyOf(index);
          };
          return new ParkedRank(world, guard, () => evaluate).serve({ host: "node7", version: VERSION });
        });
        vi.spyOn(process, "emitWarning").mockImplementation(() => {});
        const ranks = new Ranks(driver);
        const pool = new RankPool(ranks);

        const started = chunks.map(() => 0);
        await Promise.all(
          chunks.map(async ({ behaviour, isShort, abortMs }, index) => {
            const controller = new AbortController();
            const limit = abortMs ?? (behaviour === "hangs" ? 30 : undefined);
            const timer = limit === undefined ? undefined : setTimeout(() => controller.abort(), limit);
            const onStart = () => {
              started[index] += 1;
            };
            const run = pool.run(requestOf(index), controller.signal, onStart, isShort);
            const end = await run.catch((error: unknown) => error);
            clearTimeout(timer);
            if (controller.signal.aborted && (end as Error).name === "AbortError") return;
            expect(started[index]).toBe(1);
            if (behaviour === "dies") expect(end).toBeInstanceOf(WorkerDeath);
            else expect(end).toEqual(replyOf(index));
            expect(behaviour).not.toBe("hangs");
          }),
        );
        // One that was taken back in the very moment in which it began is evaluated elsewhere, too.
        expect(Math.max(...started)).toBeLessThanOrEqual(1);
        expect(Math.max(...evaluated)).toBeLessThanOrEqual(2);

        ranks.forget();
        const more = Array.from({ length: 3 * count }, (_, i) => 200 + i);
        const ends = await Promise.all(
          more.map((i) => pool.run(requestOf(i), new AbortController().signal, () => {}, true)),
        );
        expect(ends).toEqual(more.map(replyOf));
        for (const { rank } of worlds) driver.mailbox.post(rank, TAGS.stop);
        for (const { rank } of worlds) driver.mailbox.post(rank, TAGS.fin);
        await Promise.all(serving);
        for (const post of posts) expect(post.mock.lastCall).toEqual([0, TAGS.bye]);
      }),
      { numRuns: 60 },
    ),
  60_000,
);
