/**
 * A driver of its own for store-process.test.ts: node store-driver.ts <what> <folder> [<runId>].
 * "write" adds 25 points at a time for ever and prints how many are acknowledged; "leave" writes some and ends without
 * disposing anything; "hold" opens the database itself, as no fanopt would, and keeps it.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { createRunStore } from "../../src/recording/store.ts";
import { makeRow, makeRun } from "../recording/rows.ts";

const [what, folder, runId] = process.argv.slice(2);

if (what === "hold") {
  const require = createRequire(createRequire(import.meta.url).resolve("dynalite"));
  const { Level } = require("level") as { Level: new (path: string) => { open(): Promise<void> } };
  await new Level(join(folder, "data")).open();
  console.log("held");
  setInterval(() => {}, 1000);
} else {
  const store = createRunStore({ kind: "local", path: folder });
  const writer = await store.createRun(makeRun(runId));
  for (let n = 0; what === "write" || n < 100; n += 25) {
    writer.addPoints(Array.from({ length: 25 }, (_, i) => makeRow(n + i)));
    await writer.flush();
    console.log(n + 25);
  }
}
