/**
 * The emulator's process. The first line of standard input is a StartMessage; the end of standard input, which comes with the end of the
 * driver however that ends, ends all environments and the emulator. Standard output has one EmulatorMessage a line.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EnvironmentPool } from "./environment-pool.ts";
import { createInvokeApi } from "./invoke-api.ts";
import type { EmulatorMessage, StartMessage } from "./messages.ts";
import { ObjectStore } from "./object-store.ts";

const folder = mkdtempSync(join(tmpdir(), "fanopt-lambda-"));
let closing: (() => Promise<void>) | undefined;
let received = "";
let ended = false;

process.stdin.setEncoding("utf8");
process.stdin.on("data", (text: string) => {
  received += text;
  const end = received.indexOf("\n");
  if (closing === undefined && end >= 0) closing = start(JSON.parse(received.slice(0, end)));
});
for (const event of ["end", "error", "close"]) process.stdin.on(event, () => end(0));
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => end(0));
// The driver is gone: standard input ends too.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});
process.on("uncaughtException", (error) => {
  process.stderr.write(`${error.stack}\n`);
  end(1);
});

tell({ folder });

function start({ settings, accessKeyId }: StartMessage): () => Promise<void> {
  const pool = new EnvironmentPool(settings, folder, (pid, alive) => tell(alive ? { started: pid } : { ended: pid }));
  const server = createInvokeApi(settings.functionName, accessKeyId, pool, new ObjectStore(folder, accessKeyId));
  server.listen({ host: "127.0.0.1", port: 0, backlog: 4_096 }, () => {
    const address = server.address();
    if (address !== null && typeof address === "object") tell({ port: address.port });
  });
  return async () => {
    server.close();
    server.closeAllConnections();
    await pool.close();
  };
}

async function end(exitCode: number): Promise<void> {
  if (ended) return;
  ended = true;
  try {
    await closing?.();
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    process.exit(exitCode);
  }
}

function tell(message: EmulatorMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
