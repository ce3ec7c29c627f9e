/** Capture costs nothing to who does not use it: no session of V8's inspector is opened unless a closure travels, and each is closed. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ClosureProject } from "../../closures/closure-project.ts";

let project: ClosureProject;
beforeAll(() => {
  project = new ClosureProject();
  project.write("package.json", JSON.stringify({ private: true, type: "module" }));
  project.write("model.ts", "export const square = (x: number) => (x - 2) ** 2;\n");
  project.write("count-sessions.mjs", COUNTER);
});
afterAll(() => project?.[Symbol.dispose]());

/** Counts what is opened and closed, and writes it when the program ends. */
const COUNTER = `
import { writeFileSync } from "node:fs";
import inspector from "node:inspector";
import { syncBuiltinESMExports } from "node:module";
const counts = { opened: 0, closed: 0 };
const { Session } = inspector;
inspector.Session = class extends Session {
  #isOpen = false;
  connect() {
    super.connect();
    this.#isOpen = true;
    counts.opened += 1;
  }
  disconnect() {
    super.disconnect();
    counts.closed += this.#isOpen ? 1 : 0;
    this.#isOpen = false;
  }
};
syncBuiltinESMExports();
process.on("exit", () => writeFileSync(process.env.SESSIONS, JSON.stringify(counts)));
`;

const PROGRAM = `
import { createLambdaExecutor, defineCriterion, executorBatchEvaluator, minimize } from "fanopt";
const executor = createLambdaExecutor({ local: { concurrency: 2 } });
const options = { params: 1, algorithm: "nelder-mead-parallel", maxFunEvals: 12, progress: false };
const batchEvaluator = executorBatchEvaluator(executor);
`;

/** Sessions that a program opened and closed. */
function sessionsOf(name: string, body: string): { opened: number; closed: number } {
  project.write(name, `${PROGRAM}${body}\nawait executor.close();\n`);
  const counter = pathToFileURL(project.path("count-sessions.mjs")).href;
  const output = project.path(`${name}.json`);
  const { status, stderr } = spawnSync(process.execPath, ["--import", counter, project.path(name)], {
    encoding: "utf8",
    env: { PATH: process.env.PATH, SESSIONS: output },
    timeout: 50_000,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(readFileSync(output, "utf8"));
}

it("opens none where nothing has to be captured", () => {
  const body = `
    const fun = defineCriterion<(x: number) => number>(new URL("./model.ts", import.meta.url), { export: "square" });
    await minimize({ ...options, fun, batchEvaluator });
    await minimize({ ...options, fun: (x: number) => x * x });
    await fun(3);
  `;
  expect(sessionsOf("defined.ts", body)).toEqual({ opened: 0, closed: 0 });
});

it("closes those that it opens, also where a closure is refused", () => {
  const body = `
    const offset = 3;
    await minimize({ ...options, fun: (x: number) => (x - offset) ** 2, batchEvaluator });
    const refused = Promise.resolve(1);
    let message = "";
    await minimize({ ...options, fun: async (x: number) => x * (await refused), batchEvaluator }).catch((error) => {
      message = error.message;
    });
    if (!message.includes("is a Promise")) throw new Error(message);
  `;
  const { opened, closed } = sessionsOf("captured.ts", body);
  expect(opened).toBeGreaterThanOrEqual(2);
  expect(closed).toBe(opened);
});
