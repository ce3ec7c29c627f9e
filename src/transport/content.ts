import { createHash } from "node:crypto";
import type { Portable } from "./portable.ts";

/** What is inside an artifact. */
export interface ArtifactContent {
  /** ES module that exports `fun`, and `jac` if there is one. */
  readonly code: string;
  readonly funArgs: readonly unknown[];
  readonly jacArgs: readonly unknown[];
  readonly funName: string;
  readonly kind: Portable["kind"];
  readonly spec: unknown;
  readonly unpack: boolean;
}

/** SHA-256, hex. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The name under which bundled code is loaded, and appears in stacks. */
export function codeName(code: string): string {
  return sha256(code).slice(0, 16);
}
