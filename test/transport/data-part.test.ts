import fc from "fast-check";
import { expect, it } from "vitest";
import { type Artifact, buildArtifact } from "../../src/transport/artifact.ts";
import { decode, encodeApart } from "../../src/transport/codec.ts";
import { type Portable, portableOf } from "../../src/transport/portable.ts";
import { functionFromArtifact } from "../../src/worker/evaluate.ts";

const built = (fun: unknown): Promise<Artifact> => buildArtifact(portableOf(fun) as Portable);
const run = async (artifact: Artifact, arg: unknown) =>
  (await functionFromArtifact(artifact.bytes, "there", artifact.data?.bytes ?? null))(arg);

const data = Float64Array.from({ length: 10_000 }, (_, i) => Math.sqrt(i));
const last = data.length - 1;

it("large data is a part of its own, which stays the same when code, helpers or small data change", async () => {
  const weight = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const helper = (x: number) => x + 1;
  const one = await built((x: number) => data[last] * x);
  const other = await built((x: number) => helper(data[last] - x) * weight[8]);
  expect(one.data?.bytes.byteLength).toBe(80_000);
  expect(one.bytes.byteLength).toBeLessThan(2_000);
  expect(other.data?.hash).toBe(one.data?.hash);
  expect(other.hash).not.toBe(one.hash);
  expect([await run(one, 2), await run(other, 2)]).toEqual([Math.sqrt(last) * 2, (Math.sqrt(last) - 2 + 1) * 9]);
});

it("other data is another part", async () => {
  const changed = data.slice();
  changed[5] = -0;
  const [one, other] = [await built(() => data[5]), await built(() => changed[5])];
  expect(other.data?.hash).not.toBe(one.data?.hash);
  expect(Object.is(await run(other, null), -0)).toBe(true);
});

it("much data that is no typed array goes apart from the code too", async () => {
  const rows = Array.from({ length: 3_000 }, (_, i) => ({ name: `row ${i}`, x: i / 7 }));
  const artifact = await built((i: number) => rows[i].x);
  expect(artifact.data?.bytes.byteLength).toBeGreaterThan(65_536);
  expect(artifact.bytes.byteLength).toBeLessThan(2_000);
  expect(await run(artifact, 700)).toBe(100);
});

it("little data is with the code", async () => {
  const few = data.slice(0, 100);
  const artifact = await built(() => few[4]);
  expect(artifact.data).toBeNull();
  expect(await run(artifact, null)).toBe(2);
});

it("whatever is large: values come back exactly", () => {
  const value = fc.array(
    fc.oneof(fc.float64Array({ maxLength: 30 }), fc.uint8Array({ maxLength: 30 }), fc.jsonValue()),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(value, fc.integer({ min: 1, max: 100 }), (given, largeBytes) => {
      const { encoded, large } = encodeApart(given, largeBytes);
      const isLarge = given.some((one) => ArrayBuffer.isView(one) && one.byteLength >= largeBytes);
      if (isLarge) expect(large).not.toBeNull();
      expect(decode(encoded, large ?? undefined)).toStrictEqual(given);
    }),
  );
});
