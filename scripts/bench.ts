/** Runs the benchmarks of test/bench one after the other, each in a process of its own: all, or those that are named. */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "..", "test", "bench");
const all = readdirSync(folder)
  .filter((file) => file.endsWith(".ts"))
  .sort();
const wanted = process.argv.slice(2);
const chosen = wanted.length === 0 ? all : all.filter((file) => wanted.includes(file.replace(/\.ts$/, "")));
if (chosen.length === 0 || (wanted.length > 0 && chosen.length < wanted.length)) {
  console.error(`No such benchmark among ${wanted.join(", ")}. There are: ${all.join(", ").replaceAll(".ts", "")}.`);
  process.exit(1);
}
for (const file of chosen) {
  console.log(`\n== ${file.replace(/\.ts$/, "")}`);
  const { status } = spawnSync(process.execPath, [join(folder, file)], { stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}
