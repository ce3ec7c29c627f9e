/** What is said to a worker until it has its artifact. */
import type { Carried, Load } from "./artifact-delivery.ts";
import type { Reply } from "./invoke.ts";
import { isUnreachable, lackingParts } from "./wire.ts";

/**
 * Sends a request, and again with what a worker lacked: once for each part at most, for the next invocation may be another worker's. A URL that
 * was of no use is replaced once.
 *
 * @param onMiss called for each answer that only said what is lacking.
 */
export async function converse(
  load: Load,
  send: (carried: Carried) => Promise<Reply>,
  onMiss: () => void,
): Promise<Reply> {
  let { carried } = load;
  let isReplaced = false;
  for (;;) {
    const reply = await send(carried);
    if (reply.kind !== "answer") return reply;
    const { content, data } = carried;
    const lacking = lackingParts(reply.response, carried);
    if (lacking.length > 0) {
      onMiss();
      carried = await load.complete(lacking);
    } else if (isUnreachable(reply.response) && !isReplaced && (content.stored ?? data?.stored) !== undefined) {
      // The URL may have ended while the invocation waited, or the object may be gone: with another it goes on.
      isReplaced = true;
      carried = await load.elsewhere();
    } else return reply;
  }
}
