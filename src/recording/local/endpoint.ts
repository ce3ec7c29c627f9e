import { readFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";

/** Where the server of a folder listens, as it is published in that folder for other drivers. */
export interface Endpoint {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Secret, new with every start; part of every request's path. */
  readonly id: string;
  readonly pid: number;
}

/** What the server's thread tells the driver. */
export type ThreadMessage =
  | { readonly kind: "listening"; readonly endpoint: Endpoint }
  /** Another process has the database open. */
  | { readonly kind: "locked"; readonly code: string; readonly message: string }
  | { readonly kind: "unusable"; readonly code: string; readonly message: string }
  | { readonly kind: "crashed"; readonly code: string; readonly message: string };

export const databaseFolder = "data";
export const identityHeader = "x-fanopt-id";

export function endpointFile(folder: string): string {
  return join(folder, "endpoint.json");
}

export function endpointUrl(endpoint: Endpoint): string {
  return `http://127.0.0.1:${endpoint.port}/${endpoint.id}`;
}

/** What is published, whether or not that server still lives. */
export function readEndpoint(folder: string): Endpoint | null {
  try {
    const { port, id, pid } = JSON.parse(readFileSync(endpointFile(folder), "utf8")) as Partial<Endpoint>;
    return typeof port === "number" && typeof id === "string" && typeof pid === "number" ? { port, id, pid } : null;
  } catch {
    return null;
  }
}

/** Whether that very server answers, within a second. */
export function isAlive(endpoint: Endpoint): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(endpointUrl(endpoint), { agent: false, timeout: 1_000 }, (response) => {
      response.resume();
      resolve(response.headers[identityHeader] === endpoint.id);
    });
    request.on("error", () => resolve(false));
    request.on("timeout", () => {
      request.destroy();
      resolve(false);
    });
  });
}
