/** Threads and child processes inherit --import and the launcher's environment: they are not ranks. */
import { fork } from "node:child_process";
import { isMainThread, Worker } from "node:worker_threads";
import { createMpiExecutor } from "fanopt";

const submit = async (): Promise<string> => {
  try {
    return `value ${await createMpiExecutor().submit((x: number) => x + 1, 1)}`;
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    return `${code}: ${message}`;
  }
};
const file = import.meta.filename;
const [, , kind] = process.argv;
if (!isMainThread) {
  const { parentPort } = await import("node:worker_threads");
  parentPort?.postMessage(await submit());
} else if (kind === "child") {
  process.send?.(await submit());
  process.disconnect();
} else {
  const thread = new Worker(file);
  const fromThread = await new Promise((resolve) => thread.once("message", resolve));
  const child = fork(file, ["child"]);
  const fromChild = await new Promise((resolve) => child.once("message", resolve));
  console.log(JSON.stringify({ fromThread, fromChild, here: await submit() }));
}
