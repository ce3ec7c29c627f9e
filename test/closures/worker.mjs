/** The process of process-executor.mjs. */

import { toWireError } from "../fanopt/dist/transport/wire-error.js";
import { evaluateTask, functionFromArtifact } from "../fanopt/dist/worker/evaluate.js";

const functions = new Map();

process.on("message", async ({ id, hash, bytes, data, task }) => {
  try {
    if (!functions.has(hash)) functions.set(hash, functionFromArtifact(bytes, "process", data));
    process.send({ id, outcome: await evaluateTask(await functions.get(hash), task) });
  } catch (error) {
    functions.delete(hash);
    process.send({ id, failure: toWireError(error) });
  }
});
