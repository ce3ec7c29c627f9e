import { brotliCompressSync } from "node:zlib";
import { type Artifact, buildArtifact } from "../../src/transport/artifact.ts";
import { type Packed, pack, unpack } from "../../src/transport/codec.ts";
import { portableOf } from "../../src/transport/portable.ts";
import type { WorkerContext } from "../../src/worker/handler.ts";
import { PROTOCOL_VERSION, type WorkerOutcome, type WorkerRequest } from "../../src/worker/protocol.ts";

/** Of an invocation that may take so long. */
export function contextOf(milliseconds: () => number): WorkerContext {
  return { getRemainingTimeInMillis: milliseconds, memoryLimitInMB: "1769" };
}

export const tenMinutes: WorkerContext = contextOf(() => 600_000);

export async function artifactOf(fun: unknown): Promise<Artifact> {
  const portable = portableOf(fun);
  if (portable === undefined) throw new Error("not portable");
  return buildArtifact(portable);
}

export function inlineOf(artifact: Artifact): string {
  return brotliCompressSync(artifact.bytes).toString("base64");
}

function taskOf(arg: unknown): Packed {
  return pack(arg);
}

export function requestOf(
  artifact: Artifact,
  args: readonly unknown[],
  more: Partial<WorkerRequest> = {},
): WorkerRequest {
  return { protocol: PROTOCOL_VERSION, version: "0.0.0", artifact: artifact.hash, tasks: args.map(taskOf), ...more };
}

/** Value, or name of the error. */
export function endOf(outcome: WorkerOutcome): unknown {
  return "error" in outcome ? outcome.error.name : unpack(outcome.value);
}
