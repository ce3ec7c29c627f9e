import { randomBytes } from "node:crypto";
import { brotliDecompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArtifactDelivery, type Load } from "../../../src/executors/lambda/artifact-delivery.ts";
import type { ArtifactStore } from "../../../src/executors/lambda/artifact-store.ts";
import { compressArtifact } from "../../../src/transport/compress-artifact.ts";
import { sha256 } from "../../../src/transport/content.ts";

const artifactOf = (bytes: Buffer) => ({ hash: sha256(bytes), bytes: new Uint8Array(bytes) });
const noStore = async (why: string): Promise<never> => {
  throw new Error(why);
};
const isCarried = ({ carried }: Load) => carried.inline !== undefined;

/** One that hands out a URL of its own each time it is asked for another. */
function countingStore() {
  const asked: Array<{ hash: string; content: Buffer; refused: string | undefined }> = [];
  const store: ArtifactStore = {
    url: async (hash, compressed, refused) => {
      asked.push({ hash, content: brotliDecompressSync(compressed), refused });
      return `https://store.test/${hash}?${asked.filter((one) => one.refused !== undefined).length}`;
    },
    close() {},
  };
  return { store, asked };
}

describe("ArtifactDelivery", () => {
  it("sends a small artifact with each invocation", async () => {
    const artifact = artifactOf(Buffer.from("small"));
    const delivery = await ArtifactDelivery.of(artifact, noStore);
    for (let i = 0; i < 3; i++) {
      const { carried, end } = await delivery.begin();
      expect(brotliDecompressSync(Buffer.from(carried.inline ?? "", "base64")).toString()).toBe("small");
      end("worker");
    }
  });

  it("sends one of some size while more are in flight than workers hold it", async () => {
    const delivery = await ArtifactDelivery.of(artifactOf(randomBytes(100_000)), noStore);
    const first = await delivery.begin();
    const second = await delivery.begin();
    expect([first, second].map(isCarried)).toEqual([true, true]);
    first.end("one");
    second.end("two");
    const [third, fourth, fifth] = [await delivery.begin(), await delivery.begin(), await delivery.begin()];
    expect([third, fourth, fifth].map(isCarried)).toEqual([false, false, true]);
    expect(await third.whole()).toEqual(fifth.carried);
    for (const load of [third, fourth, fifth]) load.end(null);
    delivery.forgetHolders();
    expect(isCarried(await delivery.begin())).toBe(true);
  });

  it("tells where one is that is larger than an invocation, with each of them, and asks for another place for one that was refused", async () => {
    const bytes = randomBytes(5_000_000);
    const artifact = artifactOf(bytes);
    const { store, asked } = countingStore();
    let why = "";
    const delivery = await ArtifactDelivery.of(artifact, async (reason) => {
      why = reason;
      return store;
    });
    expect(why).toMatch(/has 6\.7 MB as it would be sent .*invocation carries 6\.0 MB\.$/);
    const stored = { url: `https://store.test/${artifact.hash}?0`, bytes: bytes.length };
    const first = await delivery.begin();
    const second = await delivery.begin();
    expect([first.carried, second.carried]).toEqual([{ stored }, { stored }]);
    expect(await second.whole()).toEqual({ stored: { ...stored, url: `https://store.test/${artifact.hash}?1` } });
    expect(asked.map(({ hash, refused }) => [hash, refused])).toEqual(
      [undefined, undefined, stored.url].map((refused) => [artifact.hash, refused]),
    );
    expect(asked[0].content.equals(bytes)).toBe(true);
  });

  it("opens no store for less than 256 kB, and takes one from there on where there is one", async () => {
    const { store } = countingStore();
    const reasons: string[] = [];
    const openStore = async (why: string) => {
      reasons.push(why);
      return store;
    };
    const inline = async (bytes: number, open: typeof openStore) =>
      isCarried(await (await ArtifactDelivery.of(artifactOf(randomBytes(bytes)), open)).begin());
    expect(await inline(250_000, openStore)).toBe(true);
    expect(reasons).toEqual([]);
    expect(await inline(260_000, openStore)).toBe(false);
    expect(reasons).toHaveLength(1);
    // Without a store it travels along, up to what an invocation carries.
    expect(await inline(260_000, noStore)).toBe(true);
    expect(await inline(4_400_000, noStore)).toBe(true);
    await expect(inline(4_600_000, noStore)).rejects.toThrow(/has 6\.1 MB .* carries 6\.0 MB/);
  });
});

it("is in no more than 256 MB of requests at the same time: others wait for room, or for a worker that has got it", async () => {
  const warnings: string[] = [];
  const note = ({ message }: Error) => warnings.push(message);
  process.on("warning", note);
  // 4 MB in base64 and a little: 63 of them are in 256 MB.
  const delivery = await ArtifactDelivery.of(artifactOf(randomBytes(3_000_000)), noStore);
  const begun = await Promise.all(Array.from({ length: 63 }, () => delivery.begin()));
  expect(begun.every(isCarried)).toBe(true);
  const late: boolean[] = [];
  const givenUp: Array<() => void> = [];
  const waiting = [1, 2, 3, 4].map(async () =>
    late.push(isCarried(await delivery.begin((giveUp) => givenUp.push(giveUp)))),
  );
  const last = expect(waiting[3]).rejects.toMatchObject({ name: "AbortError" });
  // One whose worker had lost it needs room, too.
  const again = begun[0].whole();
  await new Promise((resolve) => setImmediate(resolve));
  expect(late).toEqual([]);
  givenUp[3]();
  await last;
  // The first to end leaves a worker that has it, and room for another: two go on.
  begun[1].end("a worker");
  await Promise.all(waiting.slice(0, 2));
  expect(late).toEqual([false, true]);
  begun[2].end("another worker");
  await waiting[2];
  expect(late).toEqual([false, true, false]);
  expect(await again).toEqual(begun[0].carried);
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", note);
  expect(warnings).toEqual([
    expect.stringMatching(/^The criterion is sent to 63 workers at the same time.* With a bucket/),
  ]);
});

describe("an artifact that an invocation can carry, too", () => {
  const artifact = artifactOf(randomBytes(800_000));
  const isWhole = ({ inline = "" }: { readonly inline?: string }) =>
    sha256(brotliDecompressSync(Buffer.from(inline, "base64"))) === artifact.hash;

  it("travels in invocations when it cannot be stored, and one warning says why", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on("warning", note);
    const denied: ArtifactStore = {
      url: async () => {
        throw new Error("the bucket may not be written");
      },
      close() {},
    };
    const delivery = await ArtifactDelivery.of(artifact, async () => denied);
    const [first, second] = await Promise.all([delivery.begin(), delivery.begin()]);
    expect([first, second].every(({ carried }) => isWhole(carried))).toBe(true);
    first.end("worker 1");
    second.end("worker 2");
    expect((await delivery.begin()).carried).toEqual({});
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", note);
    expect(warnings.map(({ message }) => message)).toEqual([
      "The criterion travels in each invocation instead: the bucket may not be written",
    ]);
  });

  it("travels in an invocation when a worker cannot download it", async () => {
    const { store } = countingStore();
    const delivery = await ArtifactDelivery.of(artifact, async () => store);
    const load = await delivery.begin();
    expect(load.carried.stored).toBeDefined();
    expect(isWhole(await load.whole())).toBe(true);
    load.end(null);
  });

  it("ends no run with a warning when the executor is closed during the upload", async () => {
    const closed: ArtifactStore = {
      url: async () => {
        throw Object.assign(new Error("Request aborted"), { name: "AbortError" });
      },
      close() {},
    };
    const delivery = await ArtifactDelivery.of(artifact, async () => closed);
    await expect(delivery.begin()).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("compressArtifact", () => {
  it("gives back any bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), async (bytes) => {
        expect(brotliDecompressSync(await compressArtifact(bytes)).equals(bytes)).toBe(true);
      }),
    );
  });

  it.each([0, 1, 1 << 20, 3_000_001, 17_000_000])(
    "has room for what cannot be compressed: %i bytes",
    async (length) => {
      const bytes = randomBytes(length);
      expect(brotliDecompressSync(await compressArtifact(bytes)).equals(bytes)).toBe(true);
    },
  );

  it("makes less of what can be", async () => {
    expect((await compressArtifact(new Uint8Array(20_000_000))).length).toBeLessThan(10_000);
  });
});
