/** A portable function made ready to travel: the code by esbuild, the data by the codec, under content hashes. */
import { basename } from "node:path";
import { SubmissionError } from "../errors.ts";
import type { Bundle, BundleInput } from "./bundle/bundle.ts";
import type { Capture } from "./capture/capture.ts";
import { rememberPositions } from "./code-positions.ts";
import { encode, encodeApart } from "./codec.ts";
import { type ArtifactContent, type ArtifactData, type Callable, sha256 } from "./content.ts";
import { nameOf as functionName } from "./function-name.ts";
import { moduleFile } from "./module-file.ts";
import type { ClosureSource, CriterionSource, Portable } from "./portable.ts";
import { TreeWriter } from "./value-tree.ts";

/** Bytes under their hash. */
export interface ArtifactPart {
  /** SHA-256 of `bytes`, hex. */
  readonly hash: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What is sent to a worker, once: encoded `ArtifactContent`. */
export interface Artifact extends ArtifactPart {
  /**
   * What is large of its data: typed arrays one after the other, or all data where there is much of other kinds. Sent once a worker too, and not
   * again when only the code, or small data, is another. The content names its hash.
   */
  readonly data: ArtifactPart | null;
}

/** Data of at least so many bytes is a part of its own. */
const OWN_PART_BYTES = 65_536;

/**
 * Bundles a portable function, with what it captured at this moment.
 *
 * @throws SubmissionError when something that it captured or imports cannot be sent, or its module is missing, does not compile or does not have the
 *   export.
 */
export async function buildArtifact(portable: Portable): Promise<Artifact> {
  const { artifact, warnings } = await assemble(portable);
  for (const warning of warnings) warnOnce(warning);
  return artifact;
}

/** An artifact, and what it was made of. */
export interface Assembly {
  readonly artifact: Artifact;
  readonly content: ArtifactContent;
  /** null where no function had to be captured. */
  readonly capture: Capture | null;
  readonly bundle: Bundle;
  /** What may be other on a worker than here; whole sentences. */
  readonly warnings: readonly string[];
}

/** As `buildArtifact`; warnings are told by nobody. */
export async function assemble(portable: Portable): Promise<Assembly> {
  try {
    return await build(portable);
  } catch (error) {
    // By its code: where a loader makes CommonJS of fanopt, what it imports later has error classes of its own.
    if (!(error instanceof Error) || (error as { code?: unknown }).code !== "invalid-input") throw error;
    throw new SubmissionError(error.message, { cause: error });
  }
}

async function build(portable: Portable): Promise<Assembly> {
  const { fun } = portable;
  const others = portable.kind === "internal-fun" ? Object.entries(portable.others) : [];
  const named = [["fun", fun] as const, ...others];
  const sources = named.map(([, source]) => source);
  const capture = await captureOf(sources);
  rejectUnsendableArgs(sources);
  const [ofFun, ...ofOthers] = callables(sources);
  const data: ArtifactData = {
    fun: ofFun,
    others: Object.fromEntries(others.map(([name], i) => [name, ofOthers[i]])),
    graph: capture?.graph ?? null,
  };
  // Now, not after the bundling: it may be changed meanwhile.
  const sent = encodeData(data);
  const { bundle: bundleBy } = await import("./bundle/bundle.ts");
  const bundle = await bundleBy({ exports: exportsOf(named), captured: capture?.code ?? null });
  const { code, map } = bundle;
  rememberPositions(code, map, capture?.code ?? null);
  const content: ArtifactContent = {
    code,
    data: { encoded: sent.encoded, part: sent.part?.hash ?? null },
    funName: nameOf(fun),
    kind: portable.kind,
    spec: portable.kind === "internal-fun" ? portable.spec : null,
    unpack: portable.unpack === "spread",
  };
  const artifact = { ...part(encode(content, "the criterion's data")), data: sent.part };
  return { artifact, content, capture, bundle, warnings: [...(capture?.warnings ?? []), ...bundle.warnings] };
}

interface EncodedData {
  readonly encoded: Uint8Array | null;
  readonly part: ArtifactPart | null;
}

function encodeData(data: ArtifactData): EncodedData {
  const what = "the criterion's data";
  const { encoded, large } = encodeApart(data, OWN_PART_BYTES, what);
  if (encoded.byteLength >= OWN_PART_BYTES) return { encoded: null, part: part(encode(data, what)) };
  return { encoded, part: large === null ? null : part(large) };
}

/** Told already in this process. */
const told = new Set<string>();
/** Warnings that are remembered; a program that makes new ones for ever must not fill the memory with them. */
const MAX_TOLD = 1_000;

function warnOnce(warning: string): void {
  if (told.has(warning) || told.size >= MAX_TOLD) return;
  told.add(warning);
  process.emitWarning(warning, "FanoptWarning");
}

/** What the closures among the sources captured; null when there are none. */
async function captureOf(sources: readonly CriterionSource[]): Promise<Capture | null> {
  const closures = sources.filter(isClosure).map(({ closure }) => closure);
  if (closures.length === 0) return null;
  const { captureFunctions } = await import("./capture/capture.ts");
  return captureFunctions(closures);
}

/** Throws for further arguments that cannot be sent, by the names that they have in `defineCriterion`. */
function rejectUnsendableArgs(sources: readonly CriterionSource[]): void {
  for (const source of sources)
    if (!isClosure(source)) new TreeWriter().write(source.args, `defineCriterion of ${nameOf(source)}: args`);
}

/** How each source is called: a closure is the next root of the graph. */
function callables(sources: readonly CriterionSource[]): Callable[] {
  let root = 0;
  return sources.map((source) => {
    if (!isClosure(source)) return { args: source.args };
    root += 1;
    return { root: root - 1 };
  });
}

function exportsOf(named: readonly (readonly [string, CriterionSource])[]): BundleInput["exports"] {
  return named.flatMap(([as, source]) => (isClosure(source) ? [] : [{ as, source }]));
}

function nameOf(source: CriterionSource): string {
  if (isClosure(source)) return functionName(source.closure) || "the criterion";
  return `${source.export} of ${basename(moduleFile(source.module))}`;
}

function isClosure(source: CriterionSource): source is ClosureSource {
  return "closure" in source;
}

function part(bytes: Uint8Array<ArrayBuffer>): ArtifactPart {
  return { hash: sha256(bytes), bytes };
}
