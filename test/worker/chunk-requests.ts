import type { Artifact } from "../../src/transport/artifact.ts";
import { ListWriter, readList } from "../../src/transport/list-codec.ts";
import type { ChunkReply, ChunkRequest } from "../../src/worker/chunk-protocol.ts";

/** Parts in the order of the artifact; `sent` says which of them are in the request. */
export function partsOf(
  { hash, bytes, data }: Artifact,
  sent: "all" | "none" | "content" | "data" = "all",
): Pick<ChunkRequest, "content" | "data"> {
  const part = (name: "content" | "data", given: { hash: string; bytes: Uint8Array }) =>
    sent === "all" || sent === name ? { hash: given.hash, bytes: given.bytes } : { hash: given.hash };
  const content = part("content", { hash, bytes });
  return data === null ? { content } : { content, data: part("data", data) };
}

export function listOf(args: readonly unknown[]): Uint8Array<ArrayBuffer> {
  const list = new ListWriter();
  for (const arg of args) list.add(arg, "argument");
  return list.finish();
}

/** With all parts of the artifact, unless `more` says otherwise. */
export function chunkOf(artifact: Artifact, args: readonly unknown[], more: Partial<ChunkRequest> = {}): ChunkRequest {
  return { ...partsOf(artifact), args: listOf(args), sliceMs: Number.POSITIVE_INFINITY, ...more };
}

/** How each task ended: its value, or "name: message" of its error; what the worker said in the place of outcomes. */
export function endsOf(reply: ChunkReply): unknown {
  if (reply.kind !== "outcomes") return reply.kind;
  const values = readList(reply.values);
  const errors = new Map(reply.errors.map(({ index, error }) => [index, `${error.name}: ${error.message}`]));
  return Array.from({ length: reply.count }, (_, i) => (errors.has(i) ? errors.get(i) : values.shift()));
}

/** The same bytes in memory that threads share. */
export function inSharedMemory(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}
