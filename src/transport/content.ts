import { createHash } from "node:crypto";
import type { CapturedGraph } from "./capture/graph.ts";
import type { Portable } from "./portable.ts";

/** What is inside an artifact. */
export interface ArtifactContent {
  /** ES module that exports `fun` and the others as far as they are a module's, and `captured` (BundledCode) where functions were captured. */
  readonly code: string;
  /** ArtifactData. */
  readonly data: SentData;
  readonly funName: string;
  readonly kind: Portable["kind"];
  readonly spec: unknown;
  readonly unpack: boolean;
}

/** Encoded ArtifactData: here, but for what is in a part of its own. */
export interface SentData {
  /** null: all of it is in the part. */
  readonly encoded: Uint8Array | null;
  /** Hash of the part; null: there is none. */
  readonly part: string | null;
}

/** What the functions are called with, or were captured with. */
export interface ArtifactData {
  readonly fun: Callable;
  /** By name. */
  readonly others: Readonly<Record<string, Callable>>;
  readonly graph: CapturedGraph | null;
}

/** The code's export with further arguments, or one of the graph's roots. */
export type Callable = { readonly args: readonly unknown[] } | { readonly root: number };

/** SHA-256, hex. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The name under which bundled code is loaded, and appears in stacks. */
export function codeName(code: string): string {
  return sha256(code).slice(0, 16);
}
