import type { BuildOptions } from "esbuild";
import { expect, it, vi } from "vitest";
import { buildArtifact } from "../../src/transport/artifact.ts";
import { type Portable, portableOf } from "../../src/transport/portable.ts";
import { functionFromArtifact } from "../../src/worker/evaluate.ts";

const during = vi.hoisted(() => ({ bundling: () => {} }));
vi.mock("esbuild", async (original) => {
  const esbuild = await original<typeof import("esbuild")>();
  const build = (options: BuildOptions) => {
    during.bundling();
    return esbuild.build(options);
  };
  return { ...esbuild, build };
});

it.each([
  ["few numbers", 3, (x: number) => x + 1],
  ["so many that they are a part of their own", 20_000, (x: number) => x + 2],
])("what was captured counts as it was then, not as it is when it has been bundled: %s", async (_, length, further) => {
  const data = new Float64Array(length).fill(1);
  const list = [1, 2];
  const fun = () => [further(data.at(-1) as number), list.length];
  const expected = fun();
  during.bundling = () => {
    data.fill(2);
    list.push(3);
  };
  const artifact = await buildArtifact(portableOf(fun) as Portable);
  expect(list).toHaveLength(3);
  const there = await functionFromArtifact(artifact.bytes, "there", artifact.data?.bytes ?? null);
  expect(await there(null)).toEqual(expected);
});
