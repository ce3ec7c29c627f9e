import { decode, encode } from "../transport/codec.ts";
import { checkBytes, outcomeOf, type PackedArtifact } from "../transport/pack-function.ts";
import { toWireError } from "../transport/wire-error.ts";
import { functionFromArtifact } from "./evaluate.ts";

/**
 * The driver's function again, on a worker of the user's own executor. Keep it under its hash, for the next tasks.
 *
 * @param bytes as `packFunction` gave them.
 * @param worker name of this worker, for the history. @default "worker <process id>"
 * @returns a function of an argument as `packArgument` gave it, to an outcome for `unpackOutcome`. It never throws: an error of the criterion, or of
 *   its module while it is loaded, is an outcome too, and so is an InvalidInputError for bytes or arguments that are not what was packed. After a load
 *   that failed the next call loads again.
 */
export function loadFunction(
  bytes: Uint8Array,
  worker: string = `worker ${process.pid}`,
): (arg: Uint8Array) => Promise<Uint8Array> {
  const load = async () => {
    checkBytes(bytes, "loadFunction", "packFunction");
    const { content, data } = decode(bytes) as PackedArtifact;
    return functionFromArtifact(content, worker, data);
  };
  let loading: ReturnType<typeof load> | undefined;
  return async (arg) => {
    try {
      loading ??= load().catch((error: unknown) => {
        loading = undefined;
        throw error;
      });
      const fun = await loading;
      checkBytes(arg, "loadFunction", "packArgument");
      return outcomeOf("value", encode(await fun(decode(arg)), "what the criterion returned"));
    } catch (error) {
      return outcomeOf("error", encode(toWireError(error)));
    }
  };
}
