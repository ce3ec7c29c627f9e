/** The end of the job, from the driver's `exit` hook: nothing but synchronous work is left to do. */
import { inspect } from "node:util";
import type { Mailbox } from "./mailbox.ts";
import { TAGS } from "./messages.ts";
import { nap } from "./progress.ts";
import { rememberUncaught } from "./uncaught.ts";
import type { World } from "./world.ts";

/** Ranks that have not stopped by then hang. */
const GRACE_MS = 3000;
const NAP_MS = 0.2;

/** Has the ranks end with the driver, whatever ends it but a signal. */
export function endWithDriver(world: World): void {
  const printUncaught = rememberUncaught();
  const end = (code: number): void => {
    if (stopAll(world)) world.mpi.finalize();
    else {
      runHandlersAfter(end, code);
      printUncaught();
      process.stderr.write(
        `fanopt: a rank did not stop within ${GRACE_MS / 1000} s, its point is still evaluated: the job is aborted.\n`,
      );
      // A handler may have set another one.
      world.mpi.abort(Number(process.exitCode ?? code));
    }
  };
  process.on("exit", end);
}

/** The abort does not return: the program's own `exit` handlers would not run. */
function runHandlersAfter(own: (code: number) => void, code: number): void {
  const handlers = process.listeners("exit");
  for (const handler of handlers.slice(handlers.indexOf(own) + 1)) {
    try {
      handler.call(process, code);
    } catch (error) {
      process.stderr.write(`${inspect(error)}\n`);
    }
  }
}

/**
 * First every rank stops, then all of them leave: with ranks that leave one by one Open MPI hangs now and then.
 *
 * @returns whether all have stopped in time.
 */
function stopAll({ mailbox, size }: World): boolean {
  const deadline = performance.now() + GRACE_MS;
  const inTime = (isDone: () => boolean): boolean => {
    while (!isDone()) {
      if (performance.now() > deadline) return false;
      nap(NAP_MS);
    }
    return true;
  };
  const toAll = (tag: typeof TAGS.stop | typeof TAGS.fin): void => {
    for (let rank = 1; rank < size; rank++) mailbox.post(rank, tag);
  };
  const stopped = new Set<number>();
  toAll(TAGS.stop);
  if (!inTime(() => takeByes(mailbox, stopped) === size - 1)) return false;
  toAll(TAGS.fin);
  return inTime(() => !mailbox.isSending);
}

/** Counts the ranks that have stopped. What else comes is nobody's any more. */
function takeByes(mailbox: Mailbox, stopped: Set<number>): number {
  for (let message = mailbox.take(); message !== undefined; message = mailbox.take())
    if (message.tag === TAGS.bye) stopped.add(message.from);
  // Asked so that what is on its way moves on.
  void mailbox.isSending;
  return stopped.size;
}
