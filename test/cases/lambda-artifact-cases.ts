import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import { defineCriterion, executorBatchEvaluator } from "../../src/index.ts";
import type { probe } from "../fixtures/large-data.ts";
import type { LambdaCase } from "./lambda-cases.ts";

const criteria = new URL("../fixtures/large-data.ts", import.meta.url);

export const artifactCases: readonly LambdaCase[] = [
  {
    what: "a criterion with 20 MB of data, more than a request carries, gets to its workers by way of a bucket",
    settings: { memoryMB: 512, reservedConcurrency: 3 },
    async run(deployed) {
      // Cannot be compressed.
      const data = randomBytes(20_000_000);
      const fun = defineCriterion<typeof probe>(criteria, { export: "probe", args: [new Uint8Array(data)] });
      const points = Array.from({ length: 9 }, (_, i) => ({ start: i * 1_000, milliseconds: 100 }));
      const sumFrom = (start: number) => {
        const picked = Array.from({ length: Math.ceil((data.length - start) / 101) }, (_, k) => start + 101 * k);
        return picked.reduce((sum, at) => sum + data.readUInt8(at), 0);
      };
      const expected = points.map(({ start }) => sumFrom(start));
      // The second executor finds it in the bucket.
      for (let run = 0; run < 2; run++) {
        const executor = deployed.executor({ maxConcurrency: 3 });
        const results = await executorBatchEvaluator(executor)(fun, points);
        expect(results.map((result) => (typeof result === "string" ? result : result.sum))).toEqual(expected);
        await executor.close();
      }
    },
  },
];
