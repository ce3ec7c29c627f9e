/** The same questions, asked of the embedded Lambda and the embedded store. No account is touched. */
import { existsSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { openClient } from "../../executors/lambda/client.ts";
import { deployedHandlerFile } from "../../executors/lambda/handler-file.ts";
import { startLocalLambda } from "../../executors/lambda/local/local-lambda.ts";
import { defaultLocalPath } from "../../recording/local/local-store.ts";
import { listRuns } from "../../recording/runs.ts";
import { type Finding, passed } from "./check.ts";
import { roundTrips } from "./invocation.ts";

export function checkLocalFunction(): Finding {
  const kilobytes = Math.round(statSync(deployedHandlerFile()).size / 1000);
  return passed(
    `the deployed handler, ${kilobytes} kB, embedded: up to ${availableParallelism()} evaluations at the same time`,
  );
}

export async function checkLocalInvocation(limitSeconds: number, signal: AbortSignal): Promise<Finding> {
  await using emulator = await startLocalLambda({ handlerFile: deployedHandlerFile(), concurrency: 1 });
  const { endpoint, region, credentials, functionName } = emulator;
  const settings = { endpoint, region, credentials, maxConcurrency: 1, requestTimeoutSeconds: limitSeconds + 1 };
  const client = await openClient(settings);
  try {
    return await roundTrips(client, functionName, signal);
  } finally {
    client.destroy();
  }
}

/** Reads the runs of this folder; where there are none, those of a temporary store, so that nothing is left behind. */
export async function checkLocalTable(): Promise<Finding> {
  if (existsSync(defaultLocalPath)) {
    const runs = await listRuns({ store: { kind: "local", path: defaultLocalPath } });
    return passed(`embedded, ${runs.length} ${runs.length === 1 ? "run" : "runs"} in ${defaultLocalPath}`);
  }
  const folder = await mkdtemp(join(tmpdir(), "fanopt-doctor-"));
  try {
    await listRuns({ store: { kind: "local", path: folder } });
    return passed(`embedded; tried in a temporary folder, as ${defaultLocalPath} is not here yet`);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
