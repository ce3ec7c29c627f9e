/** The values of a chunk on their way: arguments to a worker, results back. */
import { InfrastructureError, show } from "../../errors.ts";
import { ListWriter, readList } from "../../transport/list-codec.ts";
import { fromWireError } from "../../transport/remote-error.ts";
import type { ChunkReply } from "../../worker/chunk-protocol.ts";
import { ARTIFACT_CODES } from "../../worker/protocol.ts";
import type { Chunk } from "./job.ts";

/** What of a chunk can be sent. */
export interface WrittenArgs {
  readonly indices: readonly number[];
  /** Its arguments, in a buffer of their own each time: a pool may take it away. */
  readonly args: () => Uint8Array<ArrayBuffer>;
}

/** Writes the arguments of a chunk. Tasks whose arguments cannot be sent end with an InvalidInputError, the others go. */
export function writeArgs({ job, indices }: Chunk): WrittenArgs {
  const list = new ListWriter();
  const sent: number[] = [];
  for (const index of indices) {
    try {
      list.add(job.args[index], "the argument");
      sent.push(index);
    } catch (error) {
      job.settle(index, { ok: false, error });
    }
  }
  let first: ListWriter | undefined = list;
  const args = () => {
    const writer = first ?? new ListWriter();
    if (first === undefined) for (const index of sent) writer.add(job.args[index], "the argument");
    first = undefined;
    return writer.finish();
  };
  return { indices: sent, args };
}

/**
 * Ends the tasks that were evaluated; the others wait again.
 *
 * @throws InfrastructureError where the artifact was damaged, or the answer makes no sense.
 */
export function settleChunk({ job, indices }: Chunk, reply: Exclude<ChunkReply, { kind: "need" }>): void {
  if (reply.kind === "unusable") {
    const { code } = reply.error;
    if (code !== undefined && ARTIFACT_CODES.has(code))
      throw new InfrastructureError(code, `A worker refused what it was sent. ${fromWireError(reply.error).message}`);
    for (const index of indices) job.settle(index, { ok: false, error: fromWireError(reply.error) });
    return;
  }
  const { count, errors, milliseconds } = reply;
  const values = readList(reply.values);
  if (!(count >= 1 && count <= indices.length && values.length + errors.length === count))
    throw new InfrastructureError(
      "protocol",
      `A worker answered ${values.length} values and ${errors.length} errors for ${show(count)} of ${indices.length} tasks.`,
    );
  job.parts.pace.measure(count, milliseconds);
  let nextError = 0;
  let nextValue = 0;
  for (let i = 0; i < count; i++) {
    if (errors[nextError]?.index === i)
      job.settle(indices[i], { ok: false, error: fromWireError(errors[nextError++].error) });
    else job.settle(indices[i], { ok: true, value: values[nextValue++] });
  }
  if (count < indices.length) job.putBack(indices.slice(count));
}
