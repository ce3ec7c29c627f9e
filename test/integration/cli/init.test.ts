import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fanopt, root, runNode } from "./command-line.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fanopt-cli-"));
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));

const read = (name: string) => readFile(join(folder, name), "utf8");

it("writes a project whose driver runs", async () => {
  const { exitCode, stdout, stderr } = await fanopt(["init", "Decay fit"], folder);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  const project = join(folder, "Decay fit");
  const written = await readdir(project);
  expect(written.sort()).toEqual([
    ".gitignore",
    "driver.ts",
    "model.ts",
    "package.json",
    "sst.config.ts",
    "tsconfig.json",
  ]);
  for (const next of ["npm install", "FANOPT_LAMBDA=local node driver.ts", "npx sst deploy", "npx fanopt doctor"])
    expect(stdout).toContain(next);

  const { name, type } = JSON.parse(await readFile(join(project, "package.json"), "utf8"));
  expect({ name, type }).toEqual({ name: "decay-fit", type: "module" });

  await mkdir(join(project, "node_modules"));
  await symlink(root, join(project, "node_modules", "fanopt"), "junction");
  const run = await runNode(["driver.ts"], project, { FANOPT_LAMBDA: "local" });
  expect(run.exitCode, run.stderr).toBe(0);
  const estimate = (parameter: string) => Number(new RegExp(`^${parameter} +\\S+ +(\\S+)$`, "m").exec(run.stdout)?.[1]);
  const { amount, rate } = fitByProjection();
  expect(estimate("rate")).toBeCloseTo(rate, 5);
  expect(estimate("amount")).toBeCloseTo(amount, 4);
  // A second doctor finds the run that was recorded.
  expect((await fanopt(["doctor", "--local"], project)).stdout).toContain("1 run in ");
});

/** The same fit by a second method: at a given rate the best amount is known, and the rate is found by golden-section search. */
function fitByProjection(): { amount: number; rate: number } {
  const observed = [5.1, 3.0, 1.9, 1.1, 0.7, 0.4, 0.25, 0.15];
  const amountAt = (rate: number) => {
    const decay = observed.map((_, t) => Math.exp(-rate * t));
    return decay.reduce((sum, d, i) => sum + d * observed[i], 0) / decay.reduce((sum, d) => sum + d * d, 0);
  };
  const misfit = (rate: number) =>
    observed.reduce((sum, value, t) => sum + (amountAt(rate) * Math.exp(-rate * t) - value) ** 2, 0);
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [0.1, 1];
  while (high - low > 1e-9) {
    const [a, b] = [high - golden * (high - low), low + golden * (high - low)];
    if (misfit(a) < misfit(b)) high = b;
    else low = a;
  }
  const rate = (low + high) / 2;
  return { amount: amountAt(rate), rate };
}

it("writes what compiles by the tsconfig.json that it writes, with what its package.json has installed", async () => {
  await fanopt(["init"], folder);
  const { dependencies, devDependencies } = JSON.parse(await read("package.json"));
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
    const installed = join(folder, "node_modules", name);
    await mkdir(dirname(installed), { recursive: true });
    await symlink(name === "fanopt" ? root : join(root, "node_modules", name), installed, "junction");
  }
  const tsc = [join(folder, "node_modules", "typescript", "bin", "tsc"), "-p", folder];
  expect(await runNode(tsc, folder)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  // It looks at all of it.
  await writeFile(join(folder, "model.ts"), `${await read("model.ts")}export const first: number = [1][0];\n`);
  expect((await runNode(tsc, folder)).stdout).toMatch(/model\.ts.*error TS2322/);
});

it("leaves a tsconfig.json that is there, and says what the driver needs of it", async () => {
  await writeFile(join(folder, "tsconfig.json"), "{}");
  const { stdout } = await fanopt(["init"], folder);
  expect(await read("tsconfig.json")).toBe("{}");
  expect(stdout).toMatch(/tsconfig\.json +driver\.ts needs "types": \["node"\].*allowImportingTsExtensions/);
});

it("names the pieces that fanopt/sst has", async () => {
  await fanopt(["init"], folder);
  const config = await read("sst.config.ts");
  const [, names = ""] = /const \{ (.*) \} = await import\("fanopt\/sst"\)/.exec(config) ?? [];
  const { exports } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const pieces = await import(join(root, exports["./sst"].default));
  for (const name of names.split(", ")) expect(pieces[name], name).toBeTypeOf("function");
  // The outputs by which drivers find them: src/deployment.ts.
  for (const output of ["evaluator", "table", "artifacts"]) expect(config).toContain(`${output}: fanopt`);
});

it("overwrites nothing, and says what to add instead", async () => {
  const own = {
    "package.json": `{ "name": "mine" }`,
    "sst.config.ts": "export default $config({});\n",
    "driver.ts": "console.log(1);\n",
    ".gitignore": "dist\n/.sst",
  };
  for (const [name, text] of Object.entries(own)) await writeFile(join(folder, name), text);
  const { exitCode, stdout } = await fanopt(["init"], folder);
  expect(exitCode).toBe(0);
  expect((await readdir(folder)).sort()).toEqual(Object.keys(own).sort());
  for (const name of ["package.json", "sst.config.ts", "driver.ts"] as const) expect(await read(name)).toBe(own[name]);
  expect(await read(".gitignore")).toBe("dist\n/.sst\nnode_modules/\n.fanopt/\n");
  expect(stdout).toMatch(
    /package\.json +add "type": "module".*npm install fanopt\n.*npm install --save-dev sst typescript @types\/node/s,
  );
  expect(stdout).toMatch(/sst\.config\.ts +add to run\(\).*await import\("fanopt\/sst"\)/s);
  expect(stdout).toMatch(/driver\.ts +no example is written/);
  expect(stdout).not.toContain("node driver.ts");
});

it("run again, has nothing to do", async () => {
  await fanopt(["init"], folder);
  const names = await readdir(folder);
  const before = await Promise.all(names.map(read));
  const { exitCode, stdout } = await fanopt(["init"], folder);
  expect(exitCode).toBe(0);
  expect(stdout).not.toContain("Written");
  expect(stdout).not.toContain("add to run()");
  expect(await Promise.all(names.map(read))).toEqual(before);
});

it("writes nothing where something cannot be read", async () => {
  await writeFile(join(folder, "package.json"), "{");
  const { exitCode, stdout, stderr } = await fanopt(["init"], folder);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toMatch(/^fanopt init: .*package\.json is not JSON/);
  expect(stderr).not.toContain("    at ");
  expect(await readdir(folder)).toEqual(["package.json"]);
});

it("refuses a file in the folder's place", async () => {
  await writeFile(join(folder, "taken"), "");
  const { exitCode, stderr } = await fanopt(["init", "taken"], folder);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/taken is a file; expected a folder/);
});

it("leaves no folders of a path that cannot be made", async () => {
  await writeFile(join(folder, "taken"), "");
  const { exitCode, stderr } = await fanopt(["init", join("taken", "below")], folder);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/nothing was written in .*ENOTDIR/);
  expect(await readdir(folder)).toEqual(["taken"]);
});

it("takes back what it wrote when something fails on the way", async () => {
  // A dangling link is not "there", but cannot be created.
  await symlink(join(folder, "nowhere"), join(folder, "model.ts"));
  const { exitCode, stderr } = await fanopt(["init"], folder);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/nothing was written in /);
  expect(await readdir(folder)).toEqual(["model.ts"]);
});
