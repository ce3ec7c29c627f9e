import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import { InvalidInputError } from "../../../../src/errors.ts";
import { type LocalLambdaOptions, resolveSettings } from "../../../../src/executors/lambda/local/options.ts";

const handlerFile = import.meta.filename;

test("the defaults", () => {
  expect(resolveSettings({ handlerFile })).toEqual({
    handlerFile,
    handlerExport: "handler",
    functionName: "fanopt-local",
    concurrency: availableParallelism(),
    timeoutSeconds: 900,
    memoryMB: 1024,
    idleSeconds: 60,
    environment: {},
    nodePath: process.execPath,
  });
});

test.each<[object, string]>([
  [
    { handlerFile: "dist/handler.mjs" },
    'handlerFile must be the absolute path of the bundled handler; `npm run build` writes it; received "dist/handler.mjs"',
  ],
  [
    { handlerFile: "/nowhere/handler.mjs" },
    "there is no file /nowhere/handler.mjs (handlerFile: the bundled handler; `npm run build` writes it)",
  ],
  [{ handlerFile: undefined }, "received undefined"],
  [{ handlerExport: "a b" }, 'handlerExport must be the name of an export; received "a b"'],
  [{ functionName: "my function" }, "functionName must be 1 to 64 letters, digits, hyphens and underscores"],
  [{ concurrency: 0 }, "concurrency must be a whole number from 1 to 100000; received 0"],
  [{ concurrency: 1.5 }, "received 1.5"],
  [{ concurrency: "4" }, 'received "4"'],
  [{ timeoutSeconds: 901 }, "timeoutSeconds must be a number from 0.001 to 900; received 901"],
  [{ timeoutSeconds: Number.NaN }, "received NaN"],
  [{ memoryMB: 64 }, "memoryMB must be a whole number from 128 to 10240; received 64"],
  [{ idleSeconds: -1 }, "idleSeconds must be a number"],
  [{ nodePath: "node" }, "nodePath must be the absolute path of the Node.js program"],
  [{ environment: { A: 1 } }, "environment.A must be a string; received 1"],
  [{ environment: { "A B": "1" } }, 'environment must be names of letters, digits and underscores; received "A B"'],
  [{ environment: { AWS_REGION: "x" } }, "environment.AWS_REGION is set by Lambda itself"],
  [{ timeoutSecond: 3 }, "startLocalLambda: unknown option timeoutSecond. Did you mean timeoutSeconds?"],
])("%o is refused: %s", (wrong, message) => {
  const options = { handlerFile, ...wrong } as LocalLambdaOptions;
  expect(() => resolveSettings(options)).toThrow(InvalidInputError);
  expect(() => resolveSettings(options)).toThrow(message);
});
