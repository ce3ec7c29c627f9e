import { relative, resolve } from "node:path";
import type { Command } from "commander";
import { type InitPlan, planInit } from "./plan.ts";
import { writeFiles } from "./write.ts";

/** Adds `fanopt init`. */
export function addInit(program: Command): void {
  program
    .command("init")
    .summary("write a first criterion, a first driver and what to deploy")
    .description(
      "Writes sst.config.ts, model.ts, driver.ts, package.json, tsconfig.json and .gitignore. What is there already is never overwritten: it says " +
        "what to add instead.",
    )
    .argument("[folder]", "where to write; made when it is not there", ".")
    .addHelpText(
      "after",
      `
Examples:
  $ npx fanopt init
  $ npx fanopt init calibration && cd calibration`,
    )
    .action(async (folder: string) => {
      const plan = planInit(resolve(folder));
      await writeFiles(plan);
      process.stdout.write(report(plan));
    });
}

const NAME_WIDTH = 15;

function report({ folder, create, append, keep }: InitPlan): string {
  const lines: string[] = [];
  if (create.length > 0) lines.push(`Written in ${folder}:`);
  lines.push(...create.map(({ name, what }) => `  ${name.padEnd(NAME_WIDTH)}${what}`.trimEnd()));
  if (append.length > 0) lines.push(`Added to .gitignore: ${append.join(" ")}`);
  if (keep.length > 0) lines.push("Already there, left as they are:");
  for (const { name, advice } of keep) {
    const [first = "", ...more] = advice;
    lines.push(`  ${name.padEnd(NAME_WIDTH)}${first}`.trimEnd());
    lines.push(...more.map((line) => `  ${" ".repeat(NAME_WIDTH)}${line}`));
  }
  const place = relative(process.cwd(), folder);
  const drives = create.some(({ name }) => name === "driver.ts");
  lines.push("", "Next:", ...(place === "" ? [] : [`  cd ${place}`]), ...nextLines(drives), "");
  return lines.join("\n");
}

function nextLines(drives: boolean): string[] {
  const run = drives ? ["  FANOPT_LAMBDA=local node driver.ts   the first run, on this machine"] : [];
  const runOnAws = drives ? ["  node driver.ts                       the same run, on AWS"] : [];
  return [
    "  npm install",
    ...run,
    "  npx sst deploy                       the function, the table and the bucket, on AWS",
    "  npx fanopt doctor                    is all of it ready?",
    ...runOnAws,
    ...(drives
      ? ["", "Node.js 22.18 and newer runs .ts files; before: node --experimental-strip-types driver.ts"]
      : []),
  ];
}
