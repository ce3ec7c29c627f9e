import { randomBytes } from "node:crypto";
import { brotliDecompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArtifactDelivery } from "../../../src/executors/lambda/artifact-delivery.ts";
import type { ArtifactStore } from "../../../src/executors/lambda/artifact-store.ts";
import { compressArtifact } from "../../../src/executors/lambda/compress-artifact.ts";
import { sha256 } from "../../../src/transport/content.ts";

const artifactOf = (bytes: Buffer) => ({ hash: sha256(bytes), bytes: new Uint8Array(bytes) });
const noStore = async (why: string): Promise<never> => {
  throw new Error(why);
};
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
      const { inline = "" } = await delivery.begin();
      expect(brotliDecompressSync(Buffer.from(inline, "base64")).toString()).toBe("small");
      delivery.end({ inline }, "worker");
    }
  });

  it("sends one of some size while more are in flight than workers hold it", async () => {
    const delivery = await ArtifactDelivery.of(artifactOf(randomBytes(100_000)), noStore);
    const first = await delivery.begin();
    const second = await delivery.begin();
    expect([first.inline === undefined, second.inline === undefined]).toEqual([false, false]);
    delivery.end(first, "one");
    delivery.end(second, "two");
    const [third, fourth, fifth] = [await delivery.begin(), await delivery.begin(), await delivery.begin()];
    expect([third, fourth, fifth].map(({ inline }) => inline === undefined)).toEqual([true, true, false]);
    expect(await delivery.whole()).toEqual({ inline: fifth.inline });
    for (const carried of [third, fourth, fifth]) delivery.end(carried, null);
    delivery.forgetHolders();
    expect((await delivery.begin()).inline).toBeDefined();
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
    delivery.end(first, "worker");
    expect([first, await delivery.begin(), await delivery.whole()]).toEqual([{ stored }, { stored }, { stored }]);
    expect(await delivery.whole(first)).toEqual({
      stored: { ...stored, url: `https://store.test/${artifact.hash}?1` },
    });
    expect(asked.map(({ hash, refused }) => [hash, refused])).toEqual(
      [undefined, undefined, undefined, stored.url].map((refused) => [artifact.hash, refused]),
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
      (await (await ArtifactDelivery.of(artifactOf(randomBytes(bytes)), open)).begin()).inline !== undefined;
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

it("is in no more than 256 MB of requests at the same time: others wait, and go without it where a worker has got it", async () => {
  const warnings: string[] = [];
  const note = ({ message }: Error) => warnings.push(message);
  process.on("warning", note);
  // 4 MB in base64 and a little: 63 of them are in 256 MB.
  const delivery = await ArtifactDelivery.of(artifactOf(randomBytes(3_000_000)), noStore);
  const begun = await Promise.all(Array.from({ length: 63 }, () => delivery.begin()));
  expect(begun.every(({ inline }) => inline !== undefined)).toBe(true);
  const late: unknown[] = [];
  const waiting = [1, 2].map(async () => late.push(await delivery.begin()));
  await new Promise((resolve) => setImmediate(resolve));
  expect(late).toEqual([]);
  delivery.end(begun[0], "a worker");
  await waiting[0];
  expect(late).toEqual([{}]);
  delivery.end(begun[1], "another worker");
  await waiting[1];
  expect(late).toEqual([{}, {}]);
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", note);
  expect(warnings).toEqual([
    expect.stringMatching(/^The criterion is sent to 63 workers at the same time.* With a bucket/),
  ]);
});

describe("an artifact that an invocation can carry, too", () => {
  const artifact = artifactOf(randomBytes(800_000));
  const carriesWhole = ({ inline = "" }: { inline?: string }) =>
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
    const first = await delivery.begin();
    const second = await delivery.begin();
    expect([first, second].every(carriesWhole)).toBe(true);
    delivery.end(first, "worker 1");
    delivery.end(second, "worker 2");
    expect(await delivery.begin()).toEqual({});
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", note);
    expect(warnings.map(({ message }) => message)).toEqual([
      "The criterion travels in each invocation instead: the bucket may not be written",
    ]);
  });

  it("travels in an invocation when a worker cannot download it", async () => {
    const { store } = countingStore();
    const delivery = await ArtifactDelivery.of(artifact, async () => store);
    const carried = await delivery.begin();
    expect(carried.stored).toBeDefined();
    expect(carriesWhole(await delivery.whole(carried))).toBe(true);
    delivery.end(carried, null);
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
