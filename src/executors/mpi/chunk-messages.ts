/** Chunks and their ends as sections of bytes. */
import type { WireError } from "../../transport/wire-error.ts";
import type { ChunkPart, ChunkReply, ChunkRequest } from "../../worker/chunk-protocol.ts";
import type { DeathKind } from "../chunks/worker-pool.ts";
import { jsonSection, readJson } from "./messages.ts";

/** A rank says how its chunk ended: as any worker does, or what would have been its end elsewhere. */
export type RankReply =
  | ChunkReply
  | {
      readonly kind: "died";
      readonly death: DeathKind;
      /** As the end of a sentence. */
      readonly message: string;
      readonly error: WireError | null;
    }
  /** Nobody waited for it any more. */
  | { readonly kind: "dropped" }
  /** The rank could not do its part. */
  | { readonly kind: "failed"; readonly error: WireError };

/** What a rank says of itself when it is parked. */
export interface Hello {
  readonly host: string;
  /** Of its fanopt. */
  readonly version: string;
}

interface RequestHead {
  readonly id: number;
  readonly content: string;
  readonly data?: string;
  /** Null for no end: JSON has no Infinity. */
  readonly sliceMs: number | null;
  /** Which parts follow the arguments. */
  readonly parts: ReadonlyArray<"content" | "data">;
}

export function requestSections(id: number, { content, data, args, sliceMs }: ChunkRequest): Uint8Array[] {
  const parts: Array<"content" | "data"> = [];
  const bytes: Uint8Array[] = [];
  if (content.bytes !== undefined) {
    parts.push("content");
    bytes.push(content.bytes);
  }
  if (data?.bytes !== undefined) {
    parts.push("data");
    bytes.push(data.bytes);
  }
  const head: RequestHead = {
    id,
    content: content.hash,
    ...(data === undefined ? {} : { data: data.hash }),
    sliceMs: Number.isFinite(sliceMs) ? sliceMs : null,
    parts,
  };
  return [jsonSection(head), args, ...bytes];
}

export function readRequest([head, args, ...bytes]: readonly Uint8Array[]): { id: number; request: ChunkRequest } {
  const { id, content, data, sliceMs, parts } = readJson(head) as RequestHead;
  const part = (name: "content" | "data", hash: string): ChunkPart => {
    const index = parts.indexOf(name);
    return index < 0 ? { hash } : { hash, bytes: bytes[index] };
  };
  const request = { content: part("content", content), args, sliceMs: sliceMs ?? Number.POSITIVE_INFINITY };
  return { id, request: data === undefined ? request : { ...request, data: part("data", data) } };
}

export function replySections(id: number, reply: RankReply): Uint8Array[] {
  if (reply.kind !== "outcomes") return [jsonSection({ id, ...reply })];
  const { values, ...others } = reply;
  return [jsonSection({ id, ...others }), values];
}

export function readReply([head, values]: readonly Uint8Array[]): { id: number; reply: RankReply } {
  const { id, ...reply } = readJson(head) as { id: number } & RankReply;
  return { id, reply: reply.kind === "outcomes" ? { ...reply, values } : reply };
}
