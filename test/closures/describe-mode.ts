/** The tests of one way to run TypeScript: one for each case of each table. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { otherRefusals, reassignedInBundles, refusals, sharedInBundles, warnings } from "./expectations.ts";
import { type Line, type Mode, type ModeRun, runMode } from "./modes.ts";

const cases = fileURLToPath(new URL("./project/cases/", import.meta.url));

/** Names as the source has them: a case that a program leaves out is missed. */
function caseNames(table: string): string[] {
  const names = sourceOf(table).matchAll(/^ {2}(?: {2})?(?:\{ )?name: "([^"]+)"/gm);
  return Array.from(names, ([, name]) => name);
}

function sourceOf(table: string): string {
  const isText = ["typescript", "paths"].includes(table);
  return readFileSync(`${cases}${table}.ts${isText ? ".txt" : ""}`, "utf8");
}

export function describeMode(mode: Mode): void {
  describe(mode.name, () => {
    let run: ModeRun;
    beforeAll(async () => {
      run = await runMode(mode);
    }, 300_000);
    afterAll(() => run?.project[Symbol.dispose]());

    const lineOf = (table: string, name: string): Line => {
      const lines = run.lines.filter((line) => line.table === table && line.name === name);
      expect(lines, `${table}: ${name}`).toHaveLength(1);
      return lines[0];
    };

    it("runs all cases and no other", () => {
      const expected = mode.tables.flatMap((table) => caseNames(table).map((name) => `${table}: ${name}`));
      expect(run.lines.map(({ table, name }) => `${table}: ${name}`).sort()).toEqual(expected.sort());
    });

    it("loads the driver's modules in the driver alone", () => {
      const pids = new Set(run.loads.map(({ pid }) => pid));
      expect([...pids]).toHaveLength(1);
      expect(new Set(run.loads.map(({ module }) => module)).size).toBeGreaterThanOrEqual(mode.tables.length);
    });

    for (const table of mode.tables) {
      const check = CHECKS[table] ?? works;
      it.each(caseNames(table))(`${table}: %s`, (name) => check(lineOf(table, name), mode, run));
    }
  });
}

type Check = (line: Line, mode: Mode, run: ModeRun) => void;

const CHECKS: Readonly<Record<string, Check>> = {
  refused: isRefused,
  "refused-esm": isRefused,
  warned: isWarned,
  thrown: isThrown,
};

/** The same bits everywhere, and not a word. */
function works({ name, local, process, lambda, warnings }: Line, mode: Mode): void {
  expect(local, "here").toHaveProperty("bits");
  if (mode.isBundled && name === "a module that reads WebAssembly beside it") {
    // In one file with the driver it is the driver that reads: what it made of the bytes cannot be sent.
    for (const { error } of [process, lambda])
      expect(error?.message).toMatch(/is a function of a WebAssembly instance/);
    return;
  }
  if (mode.isBundled && sharedInBundles.has(name)) {
    for (const { error } of [process, lambda]) expect(error?.message).toMatch(/is changed by .+ and used by .+ too/);
    return;
  }
  expect(process, "in a process").toEqual(local);
  expect(lambda, "in the embedded Lambda").toEqual(local);
  const isExpected = (warning: string) =>
    mode.isBundled && reassignedInBundles.has(name) && warning.includes("is assigned to more than once");
  expect(warnings.filter((warning) => !isExpected(warning))).toEqual([]);
}

function isRefused(line: Line, mode: Mode, run: ModeRun): void {
  const { name, table, process, lambda } = line;
  if (mode.isBundled && name === "a module that imports one that starts a run") {
    // In one file with the driver there is no such module.
    works(line, mode);
    return;
  }
  const other = otherRefusals[name];
  const refusal = refusals[name];
  if (other === undefined && refusal === undefined) expect.fail(`Nothing is expected of "${name}".`);
  expect(lambda.error?.message).toBe(process.error?.message);
  const { error } = process;
  if (error === undefined) expect.fail(`It was not refused: ${JSON.stringify(line)}`);
  if (other !== undefined) {
    expect(error.message).toMatch(other);
    return;
  }
  expect(error.name).toBe("SubmissionError");
  const { variable, path = "", why, remedy } = refusal;
  const parts =
    /^The function cannot be sent to workers: (.+?) ((?:is|uses|has|calls|imports) .+?)\. ([A-Z`].+)$/s.exec(
      error.message,
    );
  expect(parts, error.message).not.toBeNull();
  const [, what, reason, todo] = parts as RegExpExecArray;
  if (variable !== null) {
    // Bundlers give names of their own: digits where two modules have the same.
    const name = mode.isMinified ? '[^"]+' : mode.isBundled ? `${variable}\\d*` : variable;
    const named = new RegExp(`^captured variable "${name}"(.*)$`).exec(what);
    expect(named, what).not.toBeNull();
    expect(named?.[1]).toBe(path);
  }
  if (!mode.isMinified) expect(reason).toMatch(why);
  expect(todo).toMatch(remedy);
  expectPlace(error.message, table, name, mode, run);
}

function isWarned(line: Line, mode: Mode, run: ModeRun): void {
  const { name, table, local, process, lambda } = line;
  const { text, remote, isAlways = false } = warnings[name] ?? expect.fail(`Nothing is expected of "${name}".`);
  expect(process).toHaveProperty("bits");
  expect(lambda).toEqual(process);
  // In one file with the driver, the modules' variables are the driver's own, and are sent as they are.
  const isOwn = mode.isBundled && remote !== undefined && !isAlways;
  if (isOwn || remote === undefined) expect(process).toEqual(local);
  else expect(process).toEqual({ bits: bitsOfNumber(Number(remote)) });
  if (isOwn) return;
  expect(line.warnings).toHaveLength(1);
  expect(line.warnings[0]).toMatch(/^FanoptWarning: /);
  if (mode.isMinified) return;
  expect(mode.isBundled ? line.warnings[0].replace(/"(\w+?)\d*"/, '"$1"') : line.warnings[0]).toMatch(text);
  if (markedPlace(table, name) !== null) expectPlace(line.warnings[0], table, name, mode, run);
}

function isThrown({ table, name, local, process, lambda }: Line, mode: Mode, run: ModeRun): void {
  for (const { error } of [process, lambda]) {
    expect(error?.name).toBe(local.error?.name);
    expect(error?.message).toBe(local.error?.message);
    const frame = error?.stack.split("\n").find((line) => /^\s+at /.test(line)) ?? "no frame";
    const file = name === "thrown by an imported function" ? "throws.ts" : `cases/${table}.ts`;
    expectPlace(frame, table, name, mode, run, file);
  }
}

/** The place of the user's file, or of the bundle where that is all that is known. */
function expectPlace(
  text: string,
  table: string,
  name: string,
  mode: Mode,
  { project }: ModeRun,
  file = `cases/${table}.ts`,
): void {
  if (!mode.hasMaps) {
    expect(text).toMatch(/driver\.mjs:\d+:\d+/);
    return;
  }
  const place = markedPlace(table, name, file);
  const where = project.path(`ts/${file}`);
  expect(text).toContain(place === null ? `${where}:` : `${where}:${place.line}:${place.column}`);
}

/** Line and column of what comes after the comment with the case's name; null where there is none. */
function markedPlace(table: string, name: string, file = `cases/${table}.ts`): { line: number; column: number } | null {
  const text = readFileSync(`${cases}../${file}`, "utf8");
  const mark = `/*@ ${name} */`;
  const at = text.indexOf(mark);
  if (at < 0) return null;
  const after = at + mark.length;
  const offset = after + (/^\s*/.exec(text.slice(after))?.[0].length ?? 0);
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

function bitsOfNumber(value: number): string {
  const bytes = Buffer.from(Float64Array.of(value).buffer);
  return `f${bytes.toString("hex")}`;
}
