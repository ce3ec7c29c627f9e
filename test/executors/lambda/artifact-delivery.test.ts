import { randomBytes } from "node:crypto";
import { brotliDecompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ArtifactDelivery, Load } from "../../../src/executors/lambda/artifact-delivery.ts";
import type { ArtifactStore } from "../../../src/executors/lambda/artifact-store.ts";
import { Deliveries } from "../../../src/executors/lambda/deliveries.ts";
import type { Artifact } from "../../../src/transport/artifact.ts";
import { compressArtifact } from "../../../src/transport/compress-artifact.ts";
import { sha256 } from "../../../src/transport/content.ts";
import type { RequestedPart } from "../../../src/worker/protocol.ts";

const partOf = (bytes: Buffer) => ({ hash: sha256(bytes), bytes: new Uint8Array(bytes) });
const artifactOf = (content: Buffer, data?: Buffer): Artifact => ({
  ...partOf(content),
  data: data === undefined ? null : partOf(data),
});
type OpenStore = (why: string) => Promise<ArtifactStore>;
const deliver = (artifact: Artifact, openStore: OpenStore): Promise<ArtifactDelivery> =>
  new Deliveries(openStore).of(artifact);
const worker = (name: string) => ({ worker: name, keepsData: true });
const noStore = async (why: string): Promise<never> => {
  throw new Error(why);
};
const isCarried = ({ carried }: Load) => carried.content.inline !== undefined;
/** How each part travels. */
const ways = ({ carried: { content, data } }: Load) => [wayOf(content), wayOf(data)].join(" ");
const wayOf = (part: RequestedPart | undefined) =>
  part?.inline !== undefined ? "inline" : part?.stored !== undefined ? "stored" : "hash";

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
    const delivery = await deliver(artifact, noStore);
    for (let i = 0; i < 3; i++) {
      const { carried, end } = await delivery.begin();
      expect(brotliDecompressSync(Buffer.from(carried.content.inline ?? "", "base64")).toString()).toBe("small");
      end(worker("one"));
    }
  });

  it("sends one of some size while more are in flight than workers hold it", async () => {
    const delivery = await deliver(artifactOf(randomBytes(100_000)), noStore);
    const first = await delivery.begin();
    const second = await delivery.begin();
    expect([first, second].map(isCarried)).toEqual([true, true]);
    first.end(worker("one"));
    second.end(worker("two"));
    const [third, fourth, fifth] = [await delivery.begin(), await delivery.begin(), await delivery.begin()];
    expect([third, fourth, fifth].map(isCarried)).toEqual([false, false, true]);
    expect(await third.complete(["content"])).toEqual(fifth.carried);
    for (const load of [third, fourth, fifth]) load.end(null);
    // Who else had it is not known any more.
    expect(isCarried(await delivery.begin())).toBe(true);
  });

  it("tells where one is that is larger than an invocation, with each of them, and asks for another place for one that was refused", async () => {
    const bytes = randomBytes(5_000_000);
    const artifact = artifactOf(bytes);
    const { store, asked } = countingStore();
    let why = "";
    const delivery = await deliver(artifact, async (reason) => {
      why = reason;
      return store;
    });
    expect(why).toMatch(/has 6\.7 MB as it would be sent .*invocation carries 6\.0 MB\.$/);
    const stored = { url: `https://store.test/${artifact.hash}?0`, bytes: bytes.length };
    const first = await delivery.begin();
    const second = await delivery.begin();
    const { hash } = artifact;
    expect([first.carried, second.carried]).toEqual([{ content: { hash, stored } }, { content: { hash, stored } }]);
    expect(await second.elsewhere()).toEqual({
      content: { hash, stored: { ...stored, url: `https://store.test/${hash}?1` } },
    });
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
      isCarried(await (await deliver(artifactOf(randomBytes(bytes)), open)).begin());
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
  const delivery = await deliver(artifactOf(randomBytes(3_000_000)), noStore);
  const begun = await Promise.all(Array.from({ length: 63 }, () => delivery.begin()));
  expect(begun.every(isCarried)).toBe(true);
  const late: boolean[] = [];
  const givenUp: Array<() => void> = [];
  const waiting = [1, 2, 3, 4].map(async () =>
    late.push(isCarried(await delivery.begin((giveUp) => givenUp.push(giveUp)))),
  );
  const last = expect(waiting[3]).rejects.toMatchObject({ name: "AbortError" });
  // One whose worker had lost it needs room, too.
  const again = begun[0].complete(["content"]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(late).toEqual([]);
  givenUp[3]();
  await last;
  // The first to end leaves a worker that has it, and room for another: two go on.
  begun[1].end(worker("one"));
  await Promise.all(waiting.slice(0, 2));
  expect(late).toEqual([false, true]);
  begun[2].end(worker("two"));
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
  const isWhole = ({ content: { inline = "" } }: Load["carried"]) =>
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
    const delivery = await deliver(artifact, async () => denied);
    const [first, second] = await Promise.all([delivery.begin(), delivery.begin()]);
    expect([first, second].every(({ carried }) => isWhole(carried))).toBe(true);
    first.end(worker("one"));
    second.end(worker("two"));
    expect((await delivery.begin()).carried).toEqual({ content: { hash: artifact.hash } });
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", note);
    expect(warnings.map(({ message }) => message)).toEqual([
      "The criterion travels in each invocation instead: the bucket may not be written",
    ]);
  });

  it("travels in an invocation when a worker cannot download it", async () => {
    const { store } = countingStore();
    const delivery = await deliver(artifact, async () => store);
    const load = await delivery.begin();
    expect(load.carried.content.stored).toBeDefined();
    expect(isWhole(await load.elsewhere())).toBe(true);
    load.end(null);
  });

  it("ends no run with a warning when the executor is closed during the upload", async () => {
    const closed: ArtifactStore = {
      url: async () => {
        throw Object.assign(new Error("Request aborted"), { name: "AbortError" });
      },
      close() {},
    };
    const delivery = await deliver(artifact, async () => closed);
    await expect(delivery.begin()).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("an artifact whose data is a part of its own", () => {
  const code = (bytes = 20_000) => randomBytes(bytes);
  const data = randomBytes(100_000);

  it("is sent whole at first; with other code the data is not sent again, to as many workers as have it", async () => {
    const deliveries = new Deliveries(noStore);
    const first = await deliveries.of(artifactOf(code(), data));
    const loads = [await first.begin(), await first.begin()];
    expect(loads.map(ways)).toEqual(["inline inline", "inline inline"]);
    loads[0].end(worker("one"));
    loads[1].end(worker("two"));
    expect(ways(await first.begin())).toBe("hash hash");
    // Its worker is taken now: there is one more.
    const second = await deliveries.of(artifactOf(code(), data));
    expect([await second.begin(), await second.begin()].map(ways)).toEqual(["inline hash", "inline inline"]);
  });

  it("is sent again with other data, and the code with it, for it names the data", async () => {
    const deliveries = new Deliveries(noStore);
    (await (await deliveries.of(artifactOf(code(), data))).begin()).end(worker("one"));
    const other = await deliveries.of(artifactOf(code(), randomBytes(100_000)));
    expect(ways(await other.begin())).toBe("inline inline");
  });

  it("is sent without data to workers that have its function, also when they have not kept the data", async () => {
    const deliveries = new Deliveries(noStore);
    // Small code travels with each invocation.
    const delivery = await deliveries.of(artifactOf(code(500), data));
    const load = await delivery.begin();
    expect(ways(load)).toBe("inline inline");
    load.end({ worker: "one", keepsData: false });
    const both = [await delivery.begin(), await delivery.begin()];
    expect(both.map(ways)).toEqual(["inline hash", "inline inline"]);
    for (const one of both) one.end(null);
    const other = await deliveries.of(artifactOf(code(500), data));
    expect(ways(await other.begin())).toBe("inline inline");
  });

  it("is sent no data without its code: who is taken to have that has the function", async () => {
    const deliveries = new Deliveries(noStore);
    const [a, b] = [await deliveries.of(artifactOf(code(), data)), await deliveries.of(artifactOf(code(), data))];
    (await a.begin()).end(worker("one"));
    for (const [nth, load] of [await b.begin(), await b.begin()].entries()) load.end(worker(["one", "two"][nth]));
    const [first, second] = [await a.begin(), await a.begin()];
    expect([first, second].map(ways)).toEqual(["hash hash", "inline hash"]);
    first.end(null);
    // More are in flight with this data than workers are known to have it.
    expect([await b.begin(), await b.begin(), await a.begin()].map(ways)).toEqual(new Array(3).fill("hash hash"));
  });

  it("is completed by what a worker lacks, and what is lacking is taken to be lacking elsewhere", async () => {
    const delivery = await deliver(artifactOf(code(), data), noStore);
    const [one, two] = [await delivery.begin(), await delivery.begin()];
    one.end(worker("one"));
    two.end(worker("two"));
    const load = await delivery.begin();
    const { content: inlineContent, data: inlineData } = one.carried;
    const hash = { content: { hash: delivery.hash }, data: { hash: sha256(data) } };
    expect(load.carried).toEqual(hash);
    expect(await load.complete(["data"])).toEqual({ ...hash, data: inlineData });
    expect(await load.complete(["content"])).toEqual({ content: inlineContent, data: inlineData });
    load.end(worker("three"));
    expect([await delivery.begin(), await delivery.begin()].map(ways)).toEqual(["hash hash", "inline inline"]);
  });

  it("has its data stored where that is large, and the code inline; each has a place of its own", async () => {
    const { store, asked } = countingStore();
    const deliveries = new Deliveries(async () => store);
    const large = randomBytes(300_000);
    const [small, other] = [artifactOf(code(), large), artifactOf(randomBytes(270_000), large)];
    const load = await (await deliveries.of(small)).begin();
    expect(ways(load)).toBe("inline stored");
    load.end(worker("one"));
    expect(ways(await (await deliveries.of(small)).begin())).toBe("hash stored");
    expect(ways(await (await deliveries.of(other)).begin())).toBe("stored stored");
    expect(asked.map(({ hash }) => hash)).toEqual([sha256(large), sha256(large), other.hash, sha256(large)]);
  });

  it("must fit an invocation as a whole, or the larger part be stored", async () => {
    const both = artifactOf(code(1_000_000), randomBytes(4_000_000));
    await expect(deliver(both, noStore)).rejects.toThrow(/has 6\.7 MB .* carries 6\.0 MB/);
    expect(ways(await (await deliver(artifactOf(code(1_000_000), randomBytes(3_000_000)), noStore)).begin())).toBe(
      "inline inline",
    );
    // A store that takes one of the two.
    const largerOnly: ArtifactStore = {
      url: async (hash) => {
        if (hash === both.hash) throw new Error("denied");
        return "https://store.test/x";
      },
      close() {},
    };
    const load = await (await deliver(both, async () => largerOnly)).begin();
    expect(ways(load)).toBe("inline stored");
    const denied: ArtifactStore = { ...largerOnly, url: () => Promise.reject(new Error("denied")) };
    await expect((await deliver(both, async () => denied)).begin()).rejects.toThrow("denied");
  });

  it("goes elsewhere part by part: what can travel inline does, what cannot gets another URL", async () => {
    const { store } = countingStore();
    const artifact = artifactOf(code(300_000), randomBytes(5_000_000));
    const load = await (await deliver(artifact, async () => store)).begin();
    expect(ways(load)).toBe("stored stored");
    const { content, data } = await load.elsewhere();
    expect([wayOf(content), data?.stored?.url]).toEqual(["inline", `https://store.test/${artifact.data?.hash}?1`]);
  });

  it("takes room in the driver's memory with both parts, and waits for both at once", async () => {
    // 2.7 MB and 4 MB would not fit; 1.3 MB and 2.7 MB do: 64 of them are in 256 MB.
    const delivery = await deliver(artifactOf(code(1_000_000), randomBytes(2_000_000)), noStore);
    const begun = await Promise.all(Array.from({ length: 63 }, () => delivery.begin()));
    expect(begun.map(ways)).toEqual(new Array(63).fill("inline inline"));
    let late: string | undefined;
    const waiting = delivery.begin().then((load) => {
      late = ways(load);
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(late).toBeUndefined();
    begun[0].end(null);
    await waiting;
    expect(late).toBe("inline inline");
  });
});

describe("the deliveries of an executor", () => {
  it("are one for the same artifact, and compress its data once whatever the code", async () => {
    const deliveries = new Deliveries(noStore);
    const [content, data] = [randomBytes(20_000), randomBytes(100_000)];
    const [one, again, other] = await Promise.all([
      deliveries.of(artifactOf(content, data)),
      deliveries.of(artifactOf(content, data)),
      deliveries.of(artifactOf(randomBytes(20_000), data)),
    ]);
    expect(again).toBe(one);
    expect(other).not.toBe(one);
    expect(other.data).toBe(one.data);
  });

  it("are those used last: sixteen, of so many bytes, and the last one whatever it has", async () => {
    const deliveries = new Deliveries(noStore);
    const many = Array.from({ length: 17 }, () => artifactOf(randomBytes(100)));
    const made = [];
    for (const artifact of many.slice(0, 16)) made.push(await deliveries.of(artifact));
    expect(await deliveries.of(many[0])).toBe(made[0]);
    made.push(await deliveries.of(many[16]));
    for (const nth of [0, 2, 16]) expect(await deliveries.of(many[nth])).toBe(made[nth]);
    expect(await deliveries.of(many[1])).not.toBe(made[1]);

    const { store } = countingStore();
    const large = new Deliveries(async () => store, 640_000);
    const data = [randomBytes(400_000), randomBytes(200_000)];
    const [a, b, c] = [data[0], data[0], data[1]].map((part) => artifactOf(randomBytes(100), part));
    const kept = [await large.of(a), await large.of(b), await large.of(c)];
    expect([await large.of(a), await large.of(b), await large.of(c)]).toEqual(kept);
    await large.of(artifactOf(randomBytes(100), randomBytes(300_000)));
    expect(await large.of(c)).toBe(kept[2]);
    expect(await large.of(a)).not.toBe(kept[0]);
    const huge = artifactOf(randomBytes(100), randomBytes(1_000_000));
    expect(await large.of(huge)).toBe(await large.of(huge));
  });

  it("are made anew after a failure: it may be mended", async () => {
    let isMended = false;
    const { store } = countingStore();
    const deliveries = new Deliveries(async (why) => (isMended ? store : noStore(why)));
    const artifact = artifactOf(randomBytes(100), randomBytes(5_000_000));
    await expect(deliveries.of(artifact)).rejects.toThrow(/carries 6\.0 MB/);
    isMended = true;
    expect(ways(await (await deliveries.of(artifact)).begin())).toBe("inline stored");
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
