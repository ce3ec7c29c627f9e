import { createHash, randomUUID } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import type { DeployedName } from "../../deployment.ts";
import { findBucket } from "../../executors/lambda/discover.ts";
import { isDenied, isNotFound } from "./aws-failure.ts";
import { type Finding, failed, passed, skipped } from "./check.ts";
import type { AwsContext } from "./context.ts";

/** Whether the bucket for artifacts is there, where one is configured, and may be written and read as a driver does. */
export async function checkArtifacts({ s3, environment }: AwsContext, signal: AbortSignal): Promise<Finding> {
  const bucket = findBucket(environment);
  if (bucket === null)
    return skipped(
      "no bucket is configured: parts of artifacts above 256 kB travel in the invocations, and artifacts above 6 MB need one",
    );
  const client = await s3();
  return (await problemWithBucket(client, bucket, signal)) ?? (await proveAccess(client, bucket, signal));
}

/** Null also where the bucket may not be looked at: no driver needs that. */
async function problemWithBucket(client: S3Client, bucket: DeployedName, signal: AbortSignal): Promise<Finding | null> {
  const { HeadBucketCommand } = await import("@aws-sdk/client-s3");
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket.name }), { abortSignal: signal });
    return null;
  } catch (error) {
    if (isNotFound(error)) return missing(bucket);
    if (isDenied(error)) return null;
    if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 301)
      return failed(
        `bucket ${bucket.name} (from ${bucket.from}) is not in ${await client.config.region()}`,
        "Use the region that it was deployed in.",
      );
    throw error;
  }
}

function missing({ name, from }: DeployedName): Finding {
  return failed(
    `there is no bucket ${name} (from ${from})`,
    "Deploy it (npx sst deploy), or check its name and the account.",
  );
}

/** Writes a tiny object where artifacts are, named as they are, reads it, and deletes it where that is allowed; else it expires as they do. */
async function proveAccess(client: S3Client, bucket: DeployedName, signal: AbortSignal): Promise<Finding> {
  const { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } = await import("@aws-sdk/client-s3");
  // Another one each time: doctors at the same time do not delete each other's.
  const text = `fanopt doctor ${randomUUID()}`;
  const object = { Bucket: bucket.name, Key: `artifacts/${createHash("sha256").update(text).digest("hex")}` };
  const options = { abortSignal: signal };
  const { name, from } = bucket;
  try {
    await client.send(new PutObjectCommand({ ...object, Body: text, ContentLength: text.length }), options);
  } catch (error) {
    if (isNotFound(error)) return missing(bucket);
    if (isDenied(error)) return denied(bucket, "s3:PutObject");
    throw error;
  }
  try {
    const { Body } = await client.send(new GetObjectCommand(object), options);
    if ((await Body?.transformToString()) !== text)
      return failed(
        `bucket ${name} (from ${from}) gives back something else than was written`,
        "See what answers in its place: a proxy, or an emulator (--endpoint).",
      );
  } catch (error) {
    // Who may not list a bucket is told 403 where there is nothing.
    if (isDenied(error)) return denied(bucket, "s3:GetObject");
    throw error;
  } finally {
    // No driver needs that.
    await client.send(new DeleteObjectCommand(object), options).catch(() => {});
  }
  return passed(`bucket ${name} (from ${from}): read and write allowed`);
}

function denied({ name, from }: DeployedName, action: string): Finding {
  return failed(
    `bucket ${name} (from ${from}): ${action} on artifacts/* is denied`,
    "Allow s3:PutObject and s3:GetObject on artifacts/* of it to this user or role. Without them parts of artifacts above 256 kB are not stored but " +
      "sent in each invocation that needs them, and artifacts above 6 MB cannot be evaluated.",
  );
}
