/**
 * The embedded DynamoDB: dynalite on disk, in a thread of its own. A thread, because it ends with the driver however
 * that ends, and because in the driver's own thread it would take 0.2 ms of its time a point.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { databaseFolder, type Endpoint, endpointFile, identityHeader, type ThreadMessage } from "./endpoint.ts";

interface Database {
  open(): Promise<void>;
  get(key: string, options?: object): Promise<unknown>;
  getSync(key: string, options?: object): unknown;
}

type Dynalite = (options: { path: string; createTableMs: number; deleteTableMs: number }) => Server;

const folder = workerData as string;

/**
 * Dynalite opens its database by itself and swallows the reason when it cannot. The constructor that it is going to
 * call is wrapped, so that the database can be opened here and the reason be told.
 */
function startDynalite(path: string): { server: Server; database: Database | null } {
  const require = createRequire(import.meta.url);
  const level = createRequire(require.resolve("dynalite"))("level") as {
    Level: new (...args: unknown[]) => Database;
  };
  const opened: Database[] = [];
  level.Level = class extends level.Level {
    constructor(...args: unknown[]) {
      super(...args);
      opened.push(this);
    }
    // Dynalite reads twice for each item it writes, and handing a read to a thread takes longer than the read.
    override async get(key: string, options?: object): Promise<unknown> {
      return this.getSync(key, options ?? {});
    }
  };
  const server = (require("dynalite") as Dynalite)({ path, createTableMs: 0, deleteTableMs: 0 });
  return { server, database: opened[0] ?? null };
}

/**
 * Answers only requests whose path begins with the secret id: a driver that holds the address of a server that ended
 * never writes into another server that got its port. Requests that break off are dropped; dynalite would throw.
 */
function guard(server: Server, id: string): void {
  const [answer] = server.listeners("request") as RequestListener[];
  server.removeAllListeners("request");
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.split("/")[1] !== id) {
      request.resume();
      response.writeHead(503, { "content-type": "application/x-amz-json-1.0" });
      response.end(JSON.stringify({ __type: "ServiceUnavailable", message: "another server listens here now" }));
      return;
    }
    response.setHeader(identityHeader, id);
    answer(request, response);
    request.removeAllListeners("error");
    request.on("error", () => response.destroy());
  });
  // Drivers keep their connections for as long as they live.
  server.keepAliveTimeout = 0;
}

function publish(endpoint: Endpoint): void {
  const file = endpointFile(folder);
  const draft = `${file}.${endpoint.id}`;
  writeFileSync(draft, JSON.stringify(endpoint), { mode: 0o600 });
  renameSync(draft, file);
}

function withdraw(id: string): void {
  try {
    const published = JSON.parse(readFileSync(endpointFile(folder), "utf8")) as Partial<Endpoint>;
    if (published.id === id) rmSync(endpointFile(folder));
  } catch {
    // Gone already: somebody deleted the folder.
  }
}

function tell(message: ThreadMessage): void {
  parentPort?.postMessage(message);
}

function reasonOf(error: unknown): { code: string; message: string } {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code } = cause as { code?: unknown };
  return { code: String(code ?? ""), message: cause instanceof Error ? cause.message : String(cause) };
}

async function serve(): Promise<void> {
  const path = join(folder, databaseFolder);
  mkdirSync(path, { recursive: true });
  const { server, database } = startDynalite(path);
  if (database === null) throw new Error("this version of dynalite does not keep its data with level");
  await database.open();
  const id = randomUUID();
  guard(server, id);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const endpoint: Endpoint = { port, id, pid: process.pid };
  publish(endpoint);
  parentPort?.once("message", () => {
    withdraw(id);
    server.close(() => process.exit());
  });
  tell({ kind: "listening", endpoint });
}

process.on("uncaughtException", (error) => {
  tell({ kind: "crashed", ...reasonOf(error) });
  process.exit(1);
});

try {
  await serve();
} catch (error) {
  const reason = reasonOf(error);
  tell({ kind: reason.code === "LEVEL_LOCKED" ? "locked" : "unusable", ...reason });
  process.exit(1);
}
