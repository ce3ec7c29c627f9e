import { InvalidInputError, show } from "../errors.ts";
import { rejectUnknownKeys } from "../suggest.ts";

/** What a deployment may want to change of the evaluator. */
export interface EvaluatorOptions {
  /** @default "nodejs24.x" */
  readonly runtime?: "nodejs22.x" | "nodejs24.x";
  /** arm64 costs a fifth less a GB-second than x86_64. @default "arm64" */
  readonly architecture?: "arm64" | "x86_64";
  /**
   * Memory of one evaluation, from 128 MB to 10,240 MB (10 GB). Lambda gives CPU in proportion: one full core at 1,769 MB.
   * @default "1769 MB"
   */
  readonly memory?: `${number} MB` | `${number} GB`;
  /**
   * Invocations at once that are kept for this function, and its upper limit. Off by default: an account must keep at least 10 of its
   * concurrency unreserved, new accounts have no more than that, and a deployment that asks for some then fails.
   * @default none: the function shares what the account has
   */
  readonly reservedConcurrency?: number;
  /**
   * SHA-256 hashes (64 hexadecimal digits) of the artifacts that the function may run; it refuses all others. At most 60.
   * @default all may
   */
  readonly allowedArtifacts?: readonly string[];
}

/** The options, checked, in the units of AWS. */
export interface EvaluatorSettings {
  readonly runtime: "nodejs22.x" | "nodejs24.x";
  readonly architecture: "arm64" | "x86_64";
  readonly memoryMB: number;
  readonly reservedConcurrency: number | undefined;
  /** Lower case. */
  readonly allowedArtifacts: readonly string[] | undefined;
}

const KNOWN = ["runtime", "architecture", "memory", "reservedConcurrency", "allowedArtifacts"];
const RUNTIMES = ["nodejs22.x", "nodejs24.x"] as const;
const ARCHITECTURES = ["arm64", "x86_64"] as const;
const MIN_MEMORY_MB = 128;
const MAX_MEMORY_MB = 10_240;
/** All environment variables of a function together have 4 KB; a hash takes 65 bytes of them. */
const MAX_ARTIFACTS = 60;

/** @throws InvalidInputError that says which option is wrong, and what it may be. */
export function evaluatorSettings(options: EvaluatorOptions): EvaluatorSettings {
  rejectUnknownKeys(options, KNOWN, "fanoptEvaluator");
  const { runtime = "nodejs24.x", architecture = "arm64", memory = "1769 MB", reservedConcurrency } = options;
  return {
    runtime: oneOf("runtime", runtime, RUNTIMES),
    architecture: oneOf("architecture", architecture, ARCHITECTURES),
    memoryMB: megabytes(memory),
    reservedConcurrency: checkConcurrency(reservedConcurrency),
    allowedArtifacts: checkArtifacts(options.allowedArtifacts),
  };
}

function oneOf<T extends string>(option: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new InvalidInputError(
    `fanoptEvaluator: ${option} must be ${allowed.map(show).join(" or ")}, received ${show(value)}.`,
  );
}

function megabytes(memory: unknown): number {
  const [, count, unit] = (typeof memory === "string" && /^(\d+(?:\.\d+)?) (MB|GB)$/.exec(memory)) || [];
  const size = Number(count) * (unit === "GB" ? 1_024 : 1);
  if (Number.isInteger(size) && size >= MIN_MEMORY_MB && size <= MAX_MEMORY_MB) return size;
  throw new InvalidInputError(
    `fanoptEvaluator: memory must be a whole number of MB from 128 MB to 10,240 MB (10 GB), e.g. "2 GB" or "1769 MB", received ${show(memory)}.`,
  );
}

function checkConcurrency(reserved: number | undefined): number | undefined {
  if (reserved === undefined || (Number.isInteger(reserved) && reserved >= 1)) return reserved;
  throw new InvalidInputError(
    `fanoptEvaluator: reservedConcurrency must be a whole number from 1, received ${show(reserved)}. Leave it out to reserve nothing.`,
  );
}

function checkArtifacts(hashes: readonly string[] | undefined): readonly string[] | undefined {
  if (hashes === undefined) return undefined;
  if (!Array.isArray(hashes) || hashes.length === 0)
    throw new InvalidInputError(
      `fanoptEvaluator: allowedArtifacts must be a list of at least one hash, received ${show(hashes)}. Leave it out to allow all artifacts.`,
    );
  if (hashes.length > MAX_ARTIFACTS)
    throw new InvalidInputError(
      `fanoptEvaluator: allowedArtifacts has ${hashes.length} hashes; at most ${MAX_ARTIFACTS} fit into a function's environment variables (4 KB).`,
    );
  const wrong = hashes.findIndex((hash) => typeof hash !== "string" || !/^[0-9a-f]{64}$/i.test(hash));
  if (wrong >= 0)
    throw new InvalidInputError(
      `fanoptEvaluator: allowedArtifacts[${wrong}] must be a SHA-256 hash, 64 hexadecimal digits, received ${show(hashes[wrong])}.`,
    );
  return hashes.map((hash) => hash.toLowerCase());
}
