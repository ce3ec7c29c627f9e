import { isAccessDenied, isCredentialFailure } from "../../aws-errors.ts";
import { InfrastructureError } from "../../errors.ts";
import type { BucketAddress } from "./artifact-store.ts";

/** What is looked at in an SDK's error. */
interface StoreFailure {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** Errors of the store, with what a person can do. */
export function storeError(
  error: unknown,
  { bucket, from, endpoint }: BucketAddress,
  region: string,
): InfrastructureError {
  const failure = error as StoreFailure;
  const where = endpoint === undefined ? `in ${region}` : `at ${endpoint}`;
  return new InfrastructureError(
    "artifact-store",
    `The artifact could not be stored in the bucket ${bucket} (from ${from}) ${where}: ${remedy(failure, region)} ` +
      `The store said: ${failure.name}: ${failure.message || failure.code || "no message"}`,
    { cause: error },
  );
}

const OTHER_REGION = /PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraint/;

function remedy({ name, message, $metadata, $response }: StoreFailure, region: string): string {
  if (/region is missing/i.test(message))
    return "no AWS region is set: set AWS_REGION or createLambdaExecutor({ region }).";
  const actual = $response?.headers?.["x-amz-bucket-region"];
  if (OTHER_REGION.test(name) || $metadata?.httpStatusCode === 301 || (actual !== undefined && actual !== region)) {
    const there = actual === undefined ? "another region" : `the region ${actual}`;
    return `it is in ${there}: name that by artifacts: { bucket, region }.`;
  }
  if (name === "NoSuchBucket" || $metadata?.httpStatusCode === 404)
    return "there is no such bucket: deploy it (npx sst deploy), or check its name and the account.";
  if (isCredentialFailure(name) || isAccessDenied(name) || $metadata?.httpStatusCode === 403)
    return "the credentials were refused: the driver needs s3:GetObject and s3:PutObject on artifacts/* of it; check the profile (AWS_PROFILE), or sign in again.";
  if (name === "EntityTooLarge") return "one object may have 5 GB: capture less data, or give defineCriterion less.";
  return "check the network and the endpoint. Nothing was evaluated.";
}
