/** Too much for an invocation: it goes by the bucket. */
import { noteLoad } from "../note-load.ts";
import type { Case } from "../types.ts";

noteLoad("large");

/** 20 MB that do not compress. */
const data = new Float64Array(2_500_000);
let state = 12_345;
for (let i = 0; i < data.length; i++) {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  data[i] = state / 2 ** 32 + i * Number.EPSILON;
}

export const cases: readonly Case[] = [
  {
    name: "twenty megabytes",
    fun: (x: number) => [data.length, data.reduce((sum, one) => sum + one, x), data[1_234_567]],
  },
];
