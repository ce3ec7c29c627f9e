/** The embedded Lambda's bucket, as S3 clients see it. */
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deployedHandlerFile } from "../../src/executors/lambda/handler-file.ts";
import { type LocalLambda, startLocalLambda } from "../../src/executors/lambda/local/local-lambda.ts";

let lambda: LocalLambda;
let client: S3Client;
/** Folders of emulators, of this test's and of others that run. */
const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith("fanopt-lambda-"));
const before = folders();
beforeAll(async () => {
  lambda = await startLocalLambda({ handlerFile: deployedHandlerFile(), concurrency: 1 });
  const { endpoint, region, credentials } = lambda;
  client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 });
});
afterAll(async () => {
  client?.destroy();
  await lambda?.close();
});

const objectOf = (hash: string) => ({ Bucket: lambda.artifactBucket, Key: `artifacts/${hash}` });
const hashOf = (digit: string) => digit.repeat(64);

describe("the embedded Lambda's bucket", () => {
  it("gives back what was put, to an S3 client and by a presigned URL; a second PUT replaces it", async () => {
    for (const content of [randomBytes(3_000_000), randomBytes(10), Buffer.alloc(0)]) {
      await client.send(new PutObjectCommand({ ...objectOf(hashOf("a")), Body: content }));
      expect((await client.send(new HeadObjectCommand(objectOf(hashOf("a"))))).ContentLength).toBe(content.length);
      const { Body } = await client.send(new GetObjectCommand(objectOf(hashOf("a"))));
      expect(content.equals((await Body?.transformToByteArray()) ?? Buffer.from("none"))).toBe(true);
      const url = await getSignedUrl(client, new GetObjectCommand(objectOf(hashOf("a"))));
      expect(content.equals(Buffer.from(await (await fetch(url)).arrayBuffer()))).toBe(true);
    }
  });

  it("refuses other credentials and none, reading and writing", async () => {
    const { endpoint, region } = lambda;
    await client.send(new PutObjectCommand({ ...objectOf(hashOf("b")), Body: "secret" }));
    const stranger = new S3Client({
      endpoint,
      region,
      credentials: { accessKeyId: "STRANGER", secretAccessKey: "x" },
      forcePathStyle: true,
      maxAttempts: 1,
    });
    for (const command of [
      new GetObjectCommand(objectOf(hashOf("b"))),
      new PutObjectCommand({ ...objectOf(hashOf("b")), Body: "mine" }),
    ])
      await expect(stranger.send(command as GetObjectCommand)).rejects.toMatchObject({ name: "AccessDenied" });
    const path = `${endpoint}/${lambda.artifactBucket}/artifacts/${hashOf("b")}`;
    const theirs = await getSignedUrl(stranger, new GetObjectCommand(objectOf(hashOf("b"))));
    for (const url of [path, `${path}?X-Amz-Credential=`, theirs]) expect((await fetch(url)).status).toBe(403);
    expect((await fetch(path, { method: "PUT", body: "mine" })).status).toBe(403);
    stranger.destroy();
    const { Body } = await client.send(new GetObjectCommand(objectOf(hashOf("b"))));
    expect(await Body?.transformToString()).toBe("secret");
  });

  it("has nothing under other names, and takes nothing there", async () => {
    await expect(client.send(new HeadObjectCommand(objectOf(hashOf("c"))))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    });
    for (const Key of ["artifacts/../../escape", `artifacts/${hashOf("C")}`, "other", `artifacts/${hashOf("c")}/x`])
      await expect(
        client.send(new PutObjectCommand({ Bucket: lambda.artifactBucket, Key, Body: "x" })),
      ).rejects.toMatchObject({ name: "NoSuchKey" });
  });

  it("shows nothing of an upload that broke off", async () => {
    const { hostname, port } = new URL(lambda.endpoint);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        const head = `PUT /${lambda.artifactBucket}/artifacts/${hashOf("d")} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n`;
        const authorization = `Authorization: AWS4-HMAC-SHA256 Credential=${lambda.credentials.accessKeyId}/x\r\n\r\n`;
        socket.write(`${head}${authorization}half`, () => setTimeout(() => socket.destroy(), 50));
      });
      socket.on("close", () => resolve());
    });
    await expect(client.send(new HeadObjectCommand(objectOf(hashOf("d"))))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    });
  });

  it("is gone with the emulator", async () => {
    await using other = await startLocalLambda({ handlerFile: deployedHandlerFile(), concurrency: 1 });
    const { endpoint, region, credentials } = other;
    const its = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    await its.send(new PutObjectCommand({ ...objectOf(hashOf("e")), Body: "x" }));
    const holding = () =>
      folders()
        .filter((name) => !before.includes(name))
        .filter((name) => existsSync(join(tmpdir(), name, "objects", hashOf("e"))));
    expect(holding()).toHaveLength(1);
    its.destroy();
    await other.close();
    expect(holding()).toEqual([]);
  });
});
