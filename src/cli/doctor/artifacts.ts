import { findBucket } from "../../executors/lambda/discover.ts";
import { isDenied, isNotFound } from "./aws-failure.ts";
import { type Finding, failed, passed, skipped } from "./check.ts";
import type { AwsContext } from "./context.ts";

/** Whether the bucket for large artifacts is there, where one is configured. */
export async function checkArtifacts({ s3, environment }: AwsContext, signal: AbortSignal): Promise<Finding> {
  const bucket = findBucket(environment);
  if (bucket === null)
    return skipped(
      "no bucket is configured: artifacts above a megabyte travel in the invocations, and those above 6 MB need one",
    );
  const { name, from } = bucket;
  const { HeadBucketCommand } = await import("@aws-sdk/client-s3");
  const client = await s3();
  const region = await client.config.region();
  try {
    await client.send(new HeadBucketCommand({ Bucket: name }), { abortSignal: signal });
    return passed(`bucket ${name} (from ${from})`);
  } catch (error) {
    if (isNotFound(error))
      return failed(
        `there is no bucket ${name} (from ${from})`,
        "Deploy it (npx sst deploy), or check its name and the account.",
      );
    if (isDenied(error))
      return skipped(
        `bucket ${name} (from ${from}) may not be looked at: s3:ListBucket is denied`,
        "A driver needs s3:GetObject and s3:PutObject on its objects only. To have it checked, allow s3:ListBucket; or it is another account's.",
      );
    if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 301)
      return failed(`bucket ${name} (from ${from}) is not in ${region}`, "Use the region that it was deployed in.");
    throw error;
  }
}
