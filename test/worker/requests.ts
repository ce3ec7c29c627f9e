import { brotliCompressSync, constants } from "node:zlib";
import { type Artifact, type ArtifactPart, buildArtifact } from "../../src/transport/artifact.ts";
import { type Packed, pack, unpack } from "../../src/transport/codec.ts";
import { portableOf } from "../../src/transport/portable.ts";
import type { WorkerContext } from "../../src/worker/handler.ts";
import { PROTOCOL_VERSION, type WorkerOutcome, type WorkerRequest } from "../../src/worker/protocol.ts";

type Parts = Pick<WorkerRequest, "content" | "data">;

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

export function inlineOf({ bytes }: ArtifactPart): string {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }).toString("base64");
}

/** By their hashes alone. */
export function hashesOf({ hash, data }: Artifact): Parts {
  return { content: { hash }, ...(data === null ? {} : { data: { hash: data.hash } }) };
}

/** All of it, inline. */
export function wholeOf(artifact: Artifact): Parts {
  const inlined = (part: ArtifactPart) => ({ hash: part.hash, inline: inlineOf(part) });
  const { data } = artifact;
  return { content: inlined(artifact), ...(data === null ? {} : { data: inlined(data) }) };
}

function taskOf(arg: unknown): Packed {
  return pack(arg);
}

export function requestOf(
  artifact: Artifact,
  args: readonly unknown[],
  more: Partial<WorkerRequest> = {},
): WorkerRequest {
  return { protocol: PROTOCOL_VERSION, version: "0.0.0", ...hashesOf(artifact), tasks: args.map(taskOf), ...more };
}

/** Value, or name of the error. */
export function endOf(outcome: WorkerOutcome): unknown {
  return "error" in outcome ? outcome.error.name : unpack(outcome.value);
}
