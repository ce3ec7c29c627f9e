import { internalFunFromSpec } from "../problem/internal-fun.ts";
import { type Packed, pack, unpack } from "../transport/codec.ts";
import { loadArtifact } from "../transport/load.ts";
import { toWireError } from "../transport/wire-error.ts";
import type { WorkerOutcome } from "./protocol.ts";

/** A function of one argument, as it was on the driver. */
export type WorkerFunction = (arg: unknown) => unknown;

/**
 * The driver's function again, from its artifact.
 *
 * @param data the artifact's other part, if it has one.
 * @throws what the module threw while it was loaded.
 */
export async function functionFromArtifact(
  bytes: Uint8Array,
  worker: string,
  data: Uint8Array | null = null,
): Promise<WorkerFunction> {
  const { content, fun, others } = await loadArtifact(bytes, data);
  const { fun: call, args: further } = fun;
  const base: (...args: unknown[]) => unknown =
    content.kind === "criterion"
      ? (...args) => call(args[0], ...args.slice(1), ...further)
      : (internalFunFromSpec(content.spec, fun, others, worker) as WorkerFunction);
  return content.unpack ? (arg) => base(...(arg as unknown[])) : base;
}

/** Evaluates one task; an error of the criterion is an outcome. */
export async function evaluateTask(fun: WorkerFunction, task: Packed): Promise<WorkerOutcome> {
  const started = performance.now();
  try {
    const value = pack(await fun(unpack(task)), "what the criterion returned");
    return { value, milliseconds: performance.now() - started };
  } catch (error) {
    return { error: toWireError(error), milliseconds: performance.now() - started };
  }
}
