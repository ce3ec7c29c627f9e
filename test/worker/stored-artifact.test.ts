/** Artifacts that are downloaded, from a real HTTP server. */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, constants } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Artifact, ArtifactPart } from "../../src/transport/artifact.ts";
import { defineCriterion } from "../../src/transport/define-criterion.ts";
import { createHandler } from "../../src/worker/handler.ts";
import type { StoredPart, WorkerResponse } from "../../src/worker/protocol.ts";
import { Project } from "../transport/project.ts";
import { artifactOf, contextOf, endOf, requestOf, tenMinutes, wholeOf } from "./requests.ts";

const project = new Project({ "model.ts": "export const at = (i: number, data: Float64Array) => data[i];" });
/** Quickly. */
const compress = (bytes: Uint8Array) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
const data = Float64Array.from({ length: 100_000 }, (_, i) => Math.sin(i));
let artifact: Artifact;
/** The one that is stored; the content travels inline. */
let part: ArtifactPart;
let compressed: Buffer;
let answer: RequestListener;
let requests: string[] = [];

const server = createServer((request, response) => {
  requests.push(request.method ?? "");
  answer(request, response);
});
beforeAll(async () => {
  artifact = await artifactOf(
    defineCriterion<(i: number, data: Float64Array) => number>(project.url("model.ts"), { export: "at", args: [data] }),
  );
  if (artifact.data === null) throw new Error("its data should be a part of its own");
  part = artifact.data;
  compressed = compress(part.bytes);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  requests = [];
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  project[Symbol.dispose]();
});

const host = () => `127.0.0.1:${(server.address() as AddressInfo).port}`;
const storedPart = (): StoredPart => ({
  url: `http://${host()}/bucket/${part.hash}?X-Amz-Signature=secret`,
  bytes: part.bytes.length,
});
const requestFor = (stored: StoredPart = storedPart()) =>
  requestOf(artifact, [3, 5], { ...wholeOf(artifact), data: { hash: part.hash, stored } });
const outcomesOf = (response: WorkerResponse) =>
  response.kind === "outcomes" ? response.outcomes.map(endOf) : response;
const whole: RequestListener = (_request, response) => response.end(compressed);
const right = [Math.sin(3), Math.sin(5)];

describe("a stored artifact", () => {
  it("is downloaded once and kept", async () => {
    answer = whole;
    const handle = createHandler();
    expect(outcomesOf(await handle(requestFor(), tenMinutes))).toEqual(right);
    expect(outcomesOf(await handle(requestFor(), tenMinutes))).toEqual(right);
    expect(requests).toEqual(["GET"]);
  });

  it.each<[string, (attempt: number) => RequestListener]>([
    ["an error of the server", () => (_request, response) => response.writeHead(503).end("SlowDown")],
    ["a reset connection", () => (request) => request.socket.destroy()],
    [
      "a connection that ends in the middle",
      () => (request, response) => {
        response.writeHead(200, { "Content-Length": compressed.length });
        response.write(compressed.subarray(0, compressed.length / 2), () => request.socket.destroy());
      },
    ],
  ])("is tried again after %s, three times in all", async (_what, failing) => {
    const handle = createHandler();
    answer = (request, response) => (requests.length < 3 ? failing(0) : whole)(request, response);
    expect(outcomesOf(await handle(requestFor(), tenMinutes))).toEqual(right);
    expect(requests).toHaveLength(3);

    requests = [];
    answer = failing(0);
    const response = await createHandler()(requestFor(), tenMinutes);
    expect(response).toMatchObject({ kind: "unusable", error: { code: "artifact-unreachable" } });
    expect(requests).toHaveLength(3);
    expect(JSON.stringify(response)).toContain(host());
    expect(JSON.stringify(response)).not.toContain("secret");
  });

  it.each([403, 404, 301])("is not tried again after status %i; another URL may be given", async (status) => {
    const handle = createHandler();
    answer = (_request, response) => response.writeHead(status).end("<Code>AccessDenied</Code> Request has expired");
    const response = await handle(requestFor(), tenMinutes);
    expect(response).toMatchObject({
      kind: "unusable",
      error: {
        code: "artifact-unreachable",
        message: expect.stringMatching(
          new RegExp(`from ${host()}: the answer was ${status} .*Request has expired.*VPC.*artifacts.workerEndpoint`),
        ),
      },
    });
    expect(JSON.stringify(response)).not.toContain("secret");
    expect(requests).toHaveLength(1);
    answer = whole;
    expect(outcomesOf(await handle(requestFor(), tenMinutes))).toEqual(right);
  });

  it.each<[string, () => Uint8Array]>([
    ["other bytes", () => compress(Buffer.alloc(part.bytes.length))],
    ["fewer bytes", () => compress(part.bytes.subarray(1))],
    ["more bytes", () => compress(Buffer.concat([part.bytes, Buffer.alloc(1e6)]))],
    ["half of it", () => compressed.subarray(0, compressed.length / 2)],
    ["no brotli", () => part.bytes],
    ["nothing", () => Buffer.alloc(0)],
  ])("is refused when it is %s, and never run", async (_what, stored) => {
    answer = (_request, response) => response.end(stored());
    const response = await createHandler()(requestFor(), tenMinutes);
    expect(response).toMatchObject({
      kind: "unusable",
      error: { code: "artifact-damaged", message: expect.stringContaining(host()) },
    });
    expect(JSON.stringify(response)).not.toContain("secret");
    expect(requests).toHaveLength(1);
  });

  it("is given up before the function's timeout when it is slow", async () => {
    answer = (_request, response) => void response.writeHead(200).write(compressed.subarray(0, 100));
    const deadline = performance.now() + 1_400;
    const response = await createHandler()(
      requestFor(),
      contextOf(() => deadline - performance.now()),
    );
    expect(response).toMatchObject({
      kind: "unusable",
      error: { code: "artifact-unreachable", message: expect.stringMatching(/did not arrive within 0\.\d s/) },
    });
  });

  it("tells that nobody listens there", async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const stored = { url: `http://127.0.0.1:${port}/x?secret`, bytes: 1 };
    expect(await createHandler()(requestFor(stored), tenMinutes)).toMatchObject({
      kind: "unusable",
      error: { code: "artifact-unreachable", message: expect.stringContaining("ECONNREFUSED") },
    });
  });

  it("is not downloaded when the artifact names other data", async () => {
    answer = whole;
    const other = { hash: "0".repeat(64), stored: storedPart() };
    const response = await createHandler()(requestOf(artifact, [3], { ...wholeOf(artifact), data: other }), tenMinutes);
    expect(response).toMatchObject({ kind: "unusable", error: { code: "artifact-damaged" } });
    expect(requests).toEqual([]);
  });

  it("may be the code as well as the data", async () => {
    answer = ({ url }, response) => response.end(url?.includes(part.hash) ? compressed : compress(artifact.bytes));
    const url = `http://${host()}/bucket/${artifact.hash}?X-Amz-Signature=secret`;
    const content = { hash: artifact.hash, stored: { url, bytes: artifact.bytes.length } };
    const request = requestOf(artifact, [3, 5], { content, data: { hash: part.hash, stored: storedPart() } });
    expect(outcomesOf(await createHandler()(request, tenMinutes))).toEqual(right);
    expect(requests).toEqual(["GET", "GET"]);
  });

  it("is not even downloaded when the function's list does not allow it", async () => {
    answer = whole;
    const other = "0".repeat(64);
    const refused = await createHandler({ allowedArtifacts: other })(requestFor(), tenMinutes);
    expect(refused).toMatchObject({ kind: "unusable", error: { code: "artifact-not-allowed" } });
    expect(requests).toEqual([]);
    const allowing = createHandler({ allowedArtifacts: `${other},${artifact.hash}` });
    expect(outcomesOf(await allowing(requestFor(), tenMinutes))).toEqual(right);
  });
});
