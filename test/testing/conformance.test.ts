/** The suite can fail: each fault is found by the check that is named for it, in words that its author understands. */
import { AssertionError } from "node:assert";
import { describe, expect, it } from "vitest";
import { type ConformanceCheck, type ConformanceSetting, executorConformance } from "../../src/testing/index.ts";
import { failure } from "../transport/project.ts";

const module = new URL("../fixtures/broken-executors.ts", import.meta.url);
const inProcess = { module, nWorkers: 3, isolation: "none", disposable: false, seconds: 20 } as const;

function checkOf(name: string, setting: Partial<ConformanceSetting>): ConformanceCheck {
  const checks = executorConformance({ ...inProcess, ...setting });
  const found = checks.find((check) => check.name === name);
  if (found === undefined) throw new Error(`no check "${name}" in:\n${checks.map((check) => check.name).join("\n")}`);
  return found;
}

const hangs = { seconds: 2 } as const;
const disposable = { disposable: true } as const;
const processes = { ...disposable, isolation: "process", workerDeath: "survives", nWorkers: 2 } as const;

const pools = { ...processes, module: new URL("../fixtures/broken-pools.ts", import.meta.url) } as const;

type Fault = [fault: string, check: string, told: RegExp, setting?: Partial<ConformanceSetting>];

const faults: readonly Fault[] = [
  ["orderOfCompletion", "order: give results in the order of the arguments, whatever order they end in", /own result/],
  [
    "oneAtATime",
    "order: evaluate as many points at the same time as it has workers",
    /3 points.*at most 1 ran.*may have started late/s,
    hangs,
  ],
  ["losesTasks", "order: evaluate a large batch", /nothing within 2 s/, hangs],
  ["triesAgain", "order: evaluate each point once", /once.*'1': 2/s],
  ["swallowsErrors", "errors: fail under continue the points that threw and no other", /undefined/],
  ["swallowsErrors", "raise: be usable after a batch that failed", /Received: a result/],
  ["argumentsAsJson", "values: keep NaN, infinities, −0 and subnormal numbers bit by bit", /arguments.*null/s],
  ["resultsAsJson", "values: keep nested params", /arguments.*Look at how arguments and results are encoded/s],
  ["positiveZeros", "values: keep NaN, infinities, −0 and subnormal numbers bit by bit", /-Infinity,\s+0,\s+0/],
  [
    "zerosInNestedArrays",
    "values: keep special numbers at each place of a tree",
    /keep -0 in an array in an object, as an argument/,
  ],
  ["argumentsAsJson", "values: keep typed arrays of each kind", /Received: TypeError: Do not know how to serialize/],
  ["resultsAsJson", "values: keep undefined, bigint, text, Date, Map and Set", /BigInt/],
  ["slowly", "values: copy what criteria get", /leave the driver's own values alone/, { isolation: "thread" }],
  ["slowly", "values: name the path in an argument that cannot be sent", /names the path/, { isolation: "thread" }],
  ["slowly", "values: name the path in a result that cannot be sent", /names the path/, { isolation: "thread" }],
  ["slowly", "closures: name the captured variable that cannot be sent", /names the variable/, { isolation: "thread" }],
  ["functionsByText", "closures: run each batch with the captured values of its moment", /7/],
  ["functionsByText", "closures: keep two batches at the same time apart", /apart/],
  ["errorsAsText", "errors: keep class, name and message of built-in errors", /false/],
  ["errorsAsText", "errors: keep name, message and code of errors of the user's classes", /'Error'.*E_MODEL/s],
  ["errorsAsText", "errors: keep causes and the errors of an AggregateError", /causes.*Received: undefined/s],
  ["errorsAsText", "errors: keep the worker's stack, in the user's file", /failing/],
  ["swallowsErrors", "errors: tell what is thrown and is no Error", /Received: undefined/],
  ["swallowsErrors", "errors: tell an AbortError of the criterion from an abort of the batch", /undefined/],
  ["firstErrorOnly", "raise: throw the first error in the order of the arguments, whatever ends first", /point 2/],
  ["ignoresSignals", "raise: drop what has not started after a failure", /60 of 60 tasks/],
  ["ignoresSignals", "abort: drop what has not started", /60 of 60 tasks/],
  ["keepsWorkersOfAborted", "abort: reject at once when its signal fires, and be usable afterwards", /2 s/, hangs],
  [
    "answersByPlace",
    "abort: reject at once when its signal fires, and be usable afterwards",
    /next batch its own.*late/s,
  ],
  ["losesAWorker", "abort: have all workers afterwards", /3 points.*after a batch that was aborted.*at most 2/s, hangs],
  ["abortsAll", "abort: leave other batches whole", /abort/],
  ["leavesListeners", "abort: leave no listeners on the signal", /55/],
  ["disposedOnce", "disposal: be disposable more than once", /not open/, disposable],
  ["usableAfterDisposal", "disposal: reject what comes after it, and say why", /Received: a result/, disposable],
  ["leavesWaiting", "disposal: reject what is under way", /nothing within 2 s/, { ...disposable, ...hangs }],
  ["sharesPool", "disposal: leave the next executor usable", /pool was closed/, disposable],
  ["hangingDisposal", "order: give nothing for an empty batch", /end what it has/, { ...disposable, ...hangs }],
  ["slowly", "disposal: be disposable before it was used", /have \[Symbol\.asyncDispose\]/, disposable],
  ["ignoresDeaths", "worker death: survive process.exit() of a criterion", /4 s/, { ...processes, seconds: 4 }],
  ["ignoresDeaths", "worker death: survive a worker that is killed", /4 s/, { ...processes, seconds: 4 }],
  ["startsAllAnew", "worker death: evaluate no other point again", /'5': 2/, pools],
  [
    "replacesNobody",
    "worker death: have as many workers as before",
    /2 points.*after a worker's death.*at most 1/s,
    { ...pools, seconds: 10 },
  ],
  ["leaksTimer", "lifetime: a program that makes it and does not use it ends", /did not end/, { seconds: 5 }],
  ["leavesProcess", "lifetime: a program that makes it and does not use it ends", /leave no process/, { seconds: 20 }],
  ["resetsExitCode", "lifetime: a program's process.exitCode is kept", /status: 0/],
  ["rejectsUnheard", "lifetime: a program that aborts a batch ends", /nobody hears this/],
  ["leaksTimer", "lifetime: a program that uses it and does not dispose of it ends", /did not end/, { seconds: 5 }],
  ["leaksTimer", "lifetime: a program that disposes of it ends", /did not end/, { ...disposable, seconds: 5 }],
  ["resetsExitCode", "lifetime: a program that calls process.exit() ends with that code", /status: 0/],
  ["hidesErrors", "lifetime: a program that throws ends with code 1 and its error", /status: 0/],
  ["neverAwaits", "order: run functions that return values and promises, of one argument and of several", /Promise/],
  ["cutsMessages", "values: carry large arguments and results", /carry an argument and a result of 1 MB/],
  ["functionsAsText", "closures: run closures with all that they refer to", /fun is not defined/],
  ["functionsAsText", "closures: run the export of a module, with its args", /is not defined/],
  ["ignoresDeaths", "worker death: reject the batch", /4 s/, { ...processes, workerDeath: "fails-batch", seconds: 4 }],
  ...[
    "levenberg-marquardt with numerical derivatives under bounds and scaling",
    "nelder-mead-parallel",
    "a likelihood that is maximized",
    "a criterion that fails at some points",
    "levenberg-marquardt with residuals, derivative and info in one evaluation",
  ].map(
    (run): Fault => ["singlePrecision", `minimize: give the history of a serial run: ${run}`, /point \d+ of the hi/],
  ),
  ["functionsByText", "minimize: serve runs one after the other", /run 2 of 3/],
  ["functionsByText", "minimize: serve runs at the same time", /of 3 at the same time/],
  ["resultsAsJson", "minimize: evaluate buildInternalFun's function with the driver's bits", /same x, same bits/],
  [
    "slowly",
    "minimize: evaluate buildInternalFun's function with the driver's bits",
    /driver/,
    { isolation: "thread" },
  ],
  ["stampsSteps", "minimize: give each point to be recorded once, with the driver's step", /7/],
  ["swallowsErrors", "minimize: end a run with the criterion's error and the params", /criterion's first failure/],
  ["keepsWorkersOfAborted", "minimize: let a run be aborted", /nothing within 4 s/, { seconds: 4 }],
];

describe("a fault is found", () => {
  it.concurrent.each(faults)(
    "%s: %s",
    async (fault, name, told, setting = {}) => {
      const error = await failure(() => checkOf(name, { ...setting, export: fault }).run());
      expect(error.message).toMatch(told);
    },
    60_000,
  );

  it("and told as an assertion that failed", async () => {
    const error = await failure(() =>
      checkOf("abort: leave no listeners on the signal", { export: "leavesListeners" }).run(),
    );
    expect(error).toBeInstanceOf(AssertionError);
    expect(error.message).toMatch(/^An executor must .*\.\nReceived: .*\nLook at .*\.$/s);
  });
});

describe("a sound executor", () => {
  const sound = new URL("../fixtures/executors.ts", import.meta.url);

  it("may have workers that come up one after the other", () =>
    checkOf("order: evaluate as many points at the same time as it has workers", {
      module: sound,
      export: "createLate",
      seconds: 10,
    }).run());

  it("may be given more time than a timer takes", () =>
    checkOf("order: evaluate a large batch", { module: sound, export: "createInProcess", seconds: 3e6 }).run());
});

/** What executorBatchEvaluator does before it asks an executor. */
const neverFails = ["abort: evaluate nothing under a signal that has fired"];

describe("the list", () => {
  it("has no check that cannot fail", () => {
    const shown = new Set([...faults.map(([, name]) => name), ...neverFails]);
    const all = [...executorConformance({ module }), ...executorConformance({ module, workerDeath: "fails-batch" })];
    expect(all.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  });

  const names = (setting: Partial<ConformanceSetting>) =>
    executorConformance({ module, ...setting }).map(({ name }) => name);
  const missing = (setting: Partial<ConformanceSetting>) => names({}).filter((name) => !names(setting).includes(name));

  it("has names of its own for each check, and the group before it", () => {
    const checks = executorConformance({ module });
    expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
    for (const { name, group } of checks) expect(name.startsWith(`${group}: `)).toBe(true);
  });

  it("does not have what the executor is not made for", () => {
    expect(missing({ workerDeath: false })).toEqual([
      "worker death: survive process.exit() of a criterion",
      "worker death: survive a worker that is killed",
      "worker death: evaluate no other point again",
      "worker death: have as many workers as before",
    ]);
    expect(missing({ isolation: "thread" })).toEqual(["worker death: survive a worker that is killed"]);
    expect(missing({ cancels: false })).toEqual([
      "raise: drop what has not started after a failure",
      "abort: drop what has not started",
    ]);
    expect(missing({ disposable: false }).filter((name) => !/^disposal:|disposes/.test(name))).toEqual([]);
    expect(missing({ sharesFiles: false })).toHaveLength(6);
    expect(missing({ isolation: "none" })).toHaveLength(8);
    expect(names({ workerDeath: "fails-batch" })).toContain("worker death: reject the batch");
  });
});

describe("a wrong setting", () => {
  it.each<[Record<string, unknown>, RegExp]>([
    [{ worker: 3 }, /unknown option worker/],
    [{ module: "./executor.ts" }, /module must be a URL such as .* received "\.\/executor\.ts"/],
    [{ isolation: "vm" }, /isolation must be "process", "thread", "none"; received "vm"/],
    [{ isolation: "none", workerDeath: "survives" }, /a worker's death is the driver's/],
    [{ nWorkers: 0 }, /nWorkers must be a positive integer; received 0/],
    [{ command: [] }, /command must be an array of at least one string/],
    [{ seconds: -1 }, /seconds must be a positive, finite number; received -1/],
    [{ seconds: Number.POSITIVE_INFINITY }, /seconds must be a positive, finite number; received Infinity/],
    [{ largeMB: Number.POSITIVE_INFINITY }, /largeMB must be a positive, finite number; received Infinity/],
  ])("%o is told", (setting, message) => {
    expect(() => executorConformance({ module, ...setting } as ConformanceSetting)).toThrow(message);
  });

  it("is told where the module does not have the export", async () => {
    const error = await failure(() => checkOf("order: give nothing for an empty batch", { export: "absent" }).run());
    expect(error.message).toMatch(
      /^executorConformance: the export absent of .*broken-executors\.ts must be a function.*undefined/,
    );
  });

  it.each(["order: give nothing for an empty batch", "lifetime: a program that makes it and does not use it ends"])(
    "is told where there is no such module, also by %s",
    async (name) => {
      const error = await failure(() => checkOf(name, { module: new URL("./absent.ts", import.meta.url) }).run());
      expect(error).not.toBeInstanceOf(AssertionError);
      expect(error.message).toMatch(/^Cannot find module .*absent\.ts/);
    },
  );
});
