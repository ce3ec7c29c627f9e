import { describe, expect, it } from "vitest";
import { ArtifactCache } from "../../src/worker/artifact-cache.ts";

/** Of 100 MB of memory, a quarter. */
const newCache = () => new ArtifactCache(100);
/** Loads a function that takes so many bytes and returns its name; it was made with `data`, if that is given. */
const give = (cache: ArtifactCache, name: string, bytes: number, data?: string, dataBytes = 0) =>
  cache.load(name, data ?? null, 0, async () => ({
    fun: () => name,
    bytes,
    data: data === undefined ? null : new Uint8Array(dataBytes),
  })).fun;
const present = (cache: ArtifactCache, names: string) => [...names].filter((name) => cache.has(name)).join("");

describe("the functions that a worker keeps", () => {
  it("take no more than a quarter of the memory: the longest unused go first", async () => {
    const cache = newCache();
    for (const name of "abc") await give(cache, name, 8e6);
    expect(present(cache, "abc")).toBe("abc");
    cache.function("a");
    await give(cache, "d", 8e6);
    expect(present(cache, "abcd")).toBe("acd");
  });

  it("are one at least, whatever its size, and that one alone", async () => {
    const cache = newCache();
    await give(cache, "a", 1e6);
    expect((await give(cache, "b", 90e6))(0)).toBe("b");
    expect(present(cache, "ab")).toBe("b");
    await give(cache, "c", 1e6);
    expect(present(cache, "abc")).toBe("c");
  });

  it("make room before they are received, as far as their size is known", async () => {
    const cache = newCache();
    await give(cache, "a", 20e6);
    const loading = cache.load("b", null, 20e6, async () => {
      expect(cache.has("a")).toBe(false);
      return { fun: () => "b", bytes: 20e6, data: null };
    });
    await loading.fun;
  });

  it("are forgotten when they did not load", async () => {
    const cache = newCache();
    const failing = cache.load("a", null, 1, async () => {
      throw new Error("no");
    });
    expect(cache.function("a")).toBe(failing);
    await expect(failing.fun).rejects.toThrow("no");
    expect(cache.function("a")).toBeUndefined();
  });
});

describe("the data that a worker keeps", () => {
  it("is there for other code, and outlives the function that came with it", async () => {
    const cache = newCache();
    await give(cache, "a", 8e6, "x", 8e6);
    expect(cache.data("x")).toHaveLength(8e6);
    await give(cache, "b", 8e6, "x", 8e6);
    expect(present(cache, "abx")).toBe("abx");
    cache.data("x");
    await give(cache, "c", 8e6, "x", 8e6);
    expect(present(cache, "abcx")).toBe("bcx");
  });

  it("is not kept where functions, which have it decoded, leave no room for it", async () => {
    const cache = newCache();
    await give(cache, "a", 13e6, "x", 13e6);
    expect(present(cache, "ax")).toBe("a");
    await give(cache, "b", 5e6, "y", 5e6);
    expect(present(cache, "abxy")).toBe("aby");
    await give(cache, "c", 5e6, "z", 1e6);
    expect(present(cache, "abcyz")).toBe("bcyz");
    await give(cache, "d", 5e6, "w", 9e6);
    expect(present(cache, "bcdwyz")).toBe("bcdwz");
  });

  it("is dropped before the function that has it decoded", async () => {
    const cache = newCache();
    await give(cache, "a", 10e6, "x", 10e6);
    cache.function("a");
    await give(cache, "b", 10e6);
    expect(present(cache, "abx")).toBe("ab");
  });

  it("is no function, and a function is no data", async () => {
    const cache = newCache();
    await give(cache, "a", 1, "x", 1);
    expect([cache.function("x"), cache.data("a")]).toEqual([undefined, undefined]);
  });
});
