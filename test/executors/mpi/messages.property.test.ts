import fc from "fast-check";
import { expect, it } from "vitest";
import { readReply, readRequest, replySections, requestSections } from "../../../src/executors/mpi/chunk-messages.ts";
import { fromPieces, TAGS, toPieces } from "../../../src/executors/mpi/messages.ts";
import { fakeWorlds } from "./fake-mpi.ts";

const bytes = fc.uint8Array({ maxLength: 50 });
/** On both sides of the size from which sections travel apart. */
const section = fc.oneof(
  bytes,
  fc.integer({ min: 65_530, max: 65_545 }).map((length) => new Uint8Array(length).fill(length % 251)),
);

/** Vitest's own comparison takes seconds for megabytes. */
function isSame(some: readonly (readonly Uint8Array[])[], others: readonly (readonly Uint8Array[])[]): boolean {
  const equals = (a: readonly Uint8Array[], b: readonly Uint8Array[]) =>
    a.length === b.length && a.every((one, i) => Buffer.from(one).equals(b[i]));
  return some.length === others.length && some.every((sections, i) => equals(sections, others[i]));
}

it("sections arrive as they were sent, in order, from each rank to each", () => {
  fc.assert(
    fc.property(fc.array(fc.array(section, { maxLength: 4 }), { maxLength: 5 }), (messages) => {
      const [driver, first, second] = fakeWorlds(3);
      for (const sections of messages) {
        first.mailbox.post(0, TAGS.reply, sections);
        second.mailbox.post(0, TAGS.hello, sections);
      }
      const got = messages.flatMap(() => [driver.mailbox.take(), driver.mailbox.take()]);
      for (const { rank } of [first, second]) {
        const mine = got.filter((message) => message?.from === rank);
        expect(
          isSame(
            mine.map((message) => message?.sections ?? []),
            messages,
          ),
        ).toBe(true);
      }
      expect(driver.mailbox.take()).toBeUndefined();
    }),
  );
});

it("small sections begin at multiples of 8, where float64 may be read", () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 5 }), (sections) => {
      const { first } = toPieces(sections);
      for (const { byteOffset } of fromPieces(first, () => {})) expect(byteOffset % 8).toBe(0);
    }),
  );
});

it("large sections are not copied, and come in pieces that MPI can count", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 65_536, max: 300_000 }),
      fc.integer({ min: 50_000, max: 400_000 }),
      (length, most) => {
        const large = Uint8Array.from({ length }, (_, i) => i);
        const { first, others } = toPieces([new Uint8Array(3), large], most);
        expect(others.every(({ buffer, byteLength }) => buffer === large.buffer && byteLength <= most)).toBe(true);
        const arrived = fromPieces(first, (piece) => piece.set(others.shift() ?? []), most);
        expect(isSame([arrived], [[new Uint8Array(3), large]])).toBe(true);
        expect(others).toEqual([]);
      },
    ),
    { numRuns: 30 },
  );
});

it("chunks are what they were", () => {
  const part = fc.record({ hash: fc.string(), bytes: fc.option(bytes, { nil: undefined }) });
  fc.assert(
    fc.property(
      fc.nat(),
      part,
      fc.option(part, { nil: undefined }),
      bytes,
      fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.double({ min: 0, max: 1e9, noNaN: true })),
      (id, content, data, args, sliceMs) => {
        const clean = ({ hash, bytes: given }: { hash: string; bytes: Uint8Array | undefined }) =>
          given === undefined ? { hash } : { hash, bytes: given };
        const request = {
          content: clean(content),
          args,
          sliceMs,
          ...(data === undefined ? {} : { data: clean(data) }),
        };
        expect(readRequest(requestSections(id, request))).toEqual({ id, request });
      },
    ),
  );
});

it("ends of chunks are what they were", () => {
  const error = { name: "RangeError", message: "\ud800 alone", stack: "at f (a.ts:1:2)" };
  const replies = [
    {
      kind: "outcomes" as const,
      count: 2,
      values: Uint8Array.of(1, 2),
      errors: [{ index: 1, error }],
      milliseconds: 0.1 + 0.2,
    },
    { kind: "need" as const, parts: ["content" as const, "data" as const] },
    { kind: "unusable" as const, error },
    { kind: "died" as const, death: "exit" as const, message: "called process.exit(3)", error: null },
    { kind: "dropped" as const },
    { kind: "failed" as const, error },
  ];
  for (const reply of replies) expect(readReply(replySections(7, reply))).toEqual({ id: 7, reply });
});
