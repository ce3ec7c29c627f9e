import { InvalidInputError, show } from "../errors.ts";
import { assemble } from "./artifact.ts";
import type { CapturedVariable } from "./capture/captured-variables.ts";
import { compressArtifact } from "./compress-artifact.ts";
import { portableOf } from "./portable.ts";

/** What a worker would get for a function. */
export interface CriterionReport {
  readonly name: string;
  /** Of the artifact, as `artifactHash` gives it: SHA-256, 64 hexadecimal digits. */
  readonly hash: string;
  /** Of the data, where it is a part of its own (from 64 kB on): sent once a worker, and not again when the code alone changes. */
  readonly dataHash: string | null;
  /** Bytes of the bundle: code with all that it imports, minified. */
  readonly codeBytes: number;
  /** Bytes of captured values and further arguments. */
  readonly dataBytes: number;
  /** Bytes of both together as an invocation of Lambda carries them: brotli, base64. It carries 6 MB. */
  readonly sentBytes: number;
  /** The same for each part, the code's first: one above 256 kB goes by way of a bucket where there is one. */
  readonly sentParts: readonly number[];
  /** Files whose code is in the bundle, largest first; bytes in the bundle. Node's own modules are on the worker already. */
  readonly modules: readonly { readonly file: string; readonly bytes: number }[];
  /** Variables that were copied, with what they hold. */
  readonly captured: readonly CapturedVariable[];
  /** What may be other on a worker than here; whole sentences. */
  readonly warnings: readonly string[];
}

/**
 * What would be sent to workers for a function: nothing is sent, and the function is not called.
 *
 * @param fun any function: a criterion, `leastSquares(…)`, `likelihood(…)`, what `defineCriterion` or `buildInternalFun` returned.
 * @throws InvalidInputError for what is no function; SubmissionError, as `minimize` would on its first batch, for a function that cannot be sent.
 * @example
 * const { sentBytes, captured, warnings } = await inspectCriterion(fun);
 */
export async function inspectCriterion(fun: unknown): Promise<CriterionReport> {
  const portable = portableOf(fun);
  if (portable === undefined)
    throw new InvalidInputError(`inspectCriterion: expected a function, received ${show(fun)}.`);
  const { artifact, content, capture, bundle, warnings } = await assemble(portable);
  const { data, bytes, hash } = artifact;
  const sentParts = await Promise.all([bytes, ...(data === null ? [] : [data.bytes])].map(sentLength));
  return {
    name: content.funName,
    hash,
    dataHash: data?.hash ?? null,
    codeBytes: Buffer.byteLength(bundle.code),
    dataBytes: (content.data.encoded?.byteLength ?? 0) + (data?.bytes.byteLength ?? 0),
    sentBytes: sentParts.reduce((sum, part) => sum + part, 0),
    sentParts,
    modules: bundle.inputs,
    captured: capture?.variables() ?? [],
    warnings,
  };
}

/** Length in base64, compressed as for Lambda. */
async function sentLength(bytes: Uint8Array): Promise<number> {
  return Math.ceil((await compressArtifact(bytes)).byteLength / 3) * 4;
}
