/** MPI in the memory of one process: what one rank sends, another one receives, in order. */
import type { Bindings, Sending } from "../../../src/executors/mpi/bindings.ts";
import { Mailbox } from "../../../src/executors/mpi/mailbox.ts";
import type { World } from "../../../src/executors/mpi/world.ts";

interface Letter {
  readonly source: number;
  readonly tag: number;
  readonly bytes: Uint8Array;
}

/** Ranks of one job. Sends are done when they were tested twice: until then their bytes must not be given away. */
export function fakeWorlds(size: number): World[] {
  const inboxes = Array.from({ length: size }, (): Letter[] => []);
  return inboxes.map((inbox, rank) => {
    const tested = new WeakMap<Sending, number>();
    const mpi: Bindings = {
      family: "mpich",
      file: "fake",
      version: "fake 1.0",
      init() {},
      rank: () => rank,
      size: () => size,
      probe() {
        const [first] = inbox;
        return first && { source: first.source, tag: first.tag, bytes: first.bytes.byteLength };
      },
      receive(into, source, tag) {
        const index = inbox.findIndex((letter) => letter.source === source && letter.tag === tag);
        if (index < 0) throw new Error(`rank ${rank} waits for ever for tag ${tag} from ${source}`);
        const [{ bytes }] = inbox.splice(index, 1);
        if (bytes.byteLength > into.byteLength) throw new Error(`${bytes.byteLength} bytes do not fit`);
        into.set(bytes);
      },
      send(bytes, destination, tag) {
        inboxes[destination].push({ source: rank, tag, bytes: bytes.slice() });
        return { request: new Uint8Array(8), bytes };
      },
      test(sending) {
        const times = (tested.get(sending) ?? 0) + 1;
        tested.set(sending, times);
        return times > 1;
      },
      finalize() {},
      abort() {},
    };
    return { rank, size, mpi, mailbox: new Mailbox(mpi) };
  });
}
