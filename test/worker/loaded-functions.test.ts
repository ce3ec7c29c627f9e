import { describe, expect, it } from "vitest";
import { LoadedFunctions } from "../../src/worker/loaded-functions.ts";

/** Keeps a function of so many bytes that returns its name. */
const give = (kept: LoadedFunctions, name: string, bytes: number) =>
  kept.load(name, bytes, 100, async () => () => name);
const present = (kept: LoadedFunctions, names: string) =>
  [...names].filter((name) => kept.use(name) !== undefined).join("");

describe("LoadedFunctions", () => {
  it("keeps what takes no more than a quarter of the memory, and lets the longest unused go first", async () => {
    const kept = new LoadedFunctions();
    for (const name of "abc") await give(kept, name, 8e6);
    expect(present(kept, "abc")).toBe("abc");
    kept.use("a");
    await give(kept, "d", 8e6);
    expect(present(kept, "abcd")).toBe("acd");
  });

  it("keeps one whatever its size, and that one alone", async () => {
    const kept = new LoadedFunctions();
    await give(kept, "a", 1e6);
    expect((await give(kept, "b", 90e6))(0)).toBe("b");
    expect(present(kept, "ab")).toBe("b");
    await give(kept, "c", 1e6);
    expect(present(kept, "abc")).toBe("c");
  });

  it("forgets what did not load", async () => {
    const kept = new LoadedFunctions();
    const failing = kept.load("a", 1, 100, async () => {
      throw new Error("no");
    });
    expect(kept.use("a")).toBe(failing);
    await expect(failing).rejects.toThrow("no");
    expect(kept.use("a")).toBeUndefined();
  });
});
