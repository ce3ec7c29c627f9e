/** The store as a server that speaks S3 sees it, well or badly. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  type ArtifactStore,
  type BucketAddress,
  openArtifactStore,
} from "../../../src/executors/lambda/artifact-store.ts";

type Script = (method: string, response: ServerResponse) => void;

const objects = new Map<string, Buffer>();
let calls: string[] = [];
let script: Script | undefined;
const opened: ArtifactStore[] = [];

/** As much of S3 as is asked for here. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method = "", url = "" } = request;
  calls.push(method);
  if (script !== undefined) return script(method, response);
  const [path] = url.split("?");
  if (method === "PUT") objects.set(path, Buffer.concat(chunks));
  const found = objects.get(path);
  response.writeHead(found === undefined ? 404 : 200).end(method === "GET" ? found : undefined);
}

const server = createServer((request, response) => void answer(request, response));
beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
afterEach(() => {
  for (const store of opened.splice(0)) store.close();
  objects.clear();
  calls = [];
  script = undefined;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const endpoint = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
async function storeAt(more: Partial<BucketAddress> = {}): Promise<ArtifactStore> {
  const credentials = { accessKeyId: "KEY", secretAccessKey: "SECRET" };
  const address = {
    bucket: "runs",
    from: "FANOPT_ARTIFACTS",
    region: "eu-west-1",
    credentials,
    endpoint: endpoint(),
    ...more,
  };
  const store = await openArtifactStore(address);
  opened.push(store);
  return store;
}
const hash = "ab".repeat(32);
const content = Buffer.from("compressed");

/** An error as S3 words it. */
const refuse =
  (status: number, code: string, headers: Record<string, string> = {}): Script =>
  (method, response) => {
    const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>So it is.</Message></Error>`;
    response.writeHead(status, { "Content-Type": "application/xml", ...headers }).end(method === "HEAD" ? "" : body);
  };

describe("the store of artifacts", () => {
  it("puts one once, by its hash, and signs a URL that ends within an hour", async () => {
    const store = await storeAt();
    const urls = await Promise.all(Array.from({ length: 20 }, () => store.url(hash, content)));
    expect([new Set(urls).size, calls]).toEqual([1, ["HEAD", "PUT"]]);
    const url = new URL(urls[0]);
    expect(url.pathname).toBe(`/runs/artifacts/${hash}`);
    expect(url.searchParams.get("X-Amz-Expires")).toBe("3600");
    expect(url.searchParams.get("X-Amz-SignedHeaders")).toBe("host");
    expect(url.href).not.toContain("SECRET");
    expect(await (await fetch(url)).text()).toBe("compressed");
    const later = await storeAt();
    await later.url(hash, content);
    expect(calls).toEqual(["HEAD", "PUT", "GET", "HEAD"]);
  });

  it("signs for another address where workers have another way to it", async () => {
    const store = await storeAt({ workerEndpoint: "http://s3.internal:9000" });
    expect(new URL(await store.url(hash, content)).host).toBe("s3.internal:9000");
    expect(calls).toEqual(["HEAD", "PUT"]);
  });

  it("makes a URL anew when half of its time is over, which ends with the credentials", async () => {
    const credentials = async () => ({
      accessKeyId: "KEY",
      secretAccessKey: "S",
      expiration: new Date(Date.now() + 600_000),
    });
    const lasting = await storeAt({ credentials });
    expect(await lasting.url(hash, content)).toBe(await lasting.url(hash, content));
    const ended = async () => ({ accessKeyId: "KEY", secretAccessKey: "S", expiration: new Date(Date.now() - 1) });
    const ending = await storeAt({ credentials: ended });
    const first = await ending.url(hash, content);
    // Signatures tell seconds.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await ending.url(hash, content)).not.toBe(first);
    // It is known to be there: only the signature is made anew.
    expect(calls).toEqual(["HEAD", "PUT", "HEAD"]);
  });

  it("signs by the store's clock when that of the driver is wrong", async () => {
    const store = await storeAt();
    const there = new Date(Date.now() + 2 * 3_600_000);
    script = (_method, response) => void response.setHeader("Date", there.toUTCString()).end();
    const signedAt = new URL(await store.url(hash, content)).searchParams.get("X-Amz-Date") ?? "";
    const [, year, month, day, hour, minute] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)/.exec(signedAt) ?? [];
    const difference =
      Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute)) - there.getTime();
    expect(Math.abs(difference)).toBeLessThan(300_000);
  });

  it("looks again, and stores again what is gone, when a URL was refused; once for all who ask", async () => {
    const store = await storeAt();
    const refused = await store.url(hash, content);
    objects.clear();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const urls = await Promise.all(Array.from({ length: 5 }, () => store.url(hash, content, refused)));
    expect([new Set(urls).size, urls.includes(refused)]).toEqual([1, false]);
    expect(calls).toEqual(["HEAD", "PUT", "HEAD", "PUT"]);
    expect(await store.url(hash, content)).toBe(urls[0]);
  });

  it("writes where it may not look: without s3:ListBucket a missing object is a 403", async () => {
    const store = await storeAt();
    script = (method, response) => (method === "HEAD" ? refuse(403, "")(method, response) : void response.end());
    await store.url(hash, content);
    expect(calls).toEqual(["HEAD", "PUT"]);
  });

  it("gets by with errors of the server that pass", async () => {
    const store = await storeAt();
    script = (method, response) => (calls.length < 3 ? refuse(503, "SlowDown")(method, response) : void response.end());
    await store.url(hash, content);
    expect(calls.length).toBe(3);
  });

  it("ends an upload when it is closed", async () => {
    const store = await storeAt();
    const uploading = new Promise<void>((resolve) => {
      script = (method, response) => (method === "HEAD" ? refuse(404, "")(method, response) : resolve());
    });
    const failed = expect(store.url(hash, content)).rejects.toMatchObject({ code: "artifact-store" });
    await uploading;
    store.close();
    await failed;
    expect(calls).toEqual(["HEAD", "PUT"]);
  });

  it.each<[string, Script, RegExp]>([
    [
      "no such bucket",
      refuse(404, "NoSuchBucket"),
      /bucket runs \(from FANOPT_ARTIFACTS\) at http.*: there is no such bucket: deploy it .*NoSuchBucket: So it is\./,
    ],
    [
      "no permission",
      refuse(403, "AccessDenied"),
      /s3:GetObject and s3:PutObject on artifacts\/\*.*AccessDenied: So it is\./,
    ],
    ["ended credentials", refuse(400, "ExpiredToken"), /sign in again/],
    [
      "another region",
      refuse(301, "PermanentRedirect", { "x-amz-bucket-region": "us-west-2" }),
      /it is in the region us-west-2: name that by artifacts: \{ bucket, region \}/,
    ],
    ["another region, unnamed", refuse(400, "IllegalLocationConstraintException"), /it is in another region/],
  ])("tells what to do about %s, and tries again afterwards", async (_what, failing, message) => {
    const store = await storeAt();
    script = failing;
    await expect(store.url(hash, content)).rejects.toMatchObject({
      name: "InfrastructureError",
      code: "artifact-store",
      message: expect.stringMatching(message),
    });
    script = undefined;
    expect(await store.url(hash, content)).toContain(hash);
  });
});
