import { InvalidInputError, show } from "../../errors.ts";
import { rejectUnknownKeys } from "../../suggest.ts";
import type { BucketAddress } from "./artifact-store.ts";
import { discoverBucket } from "./discover.ts";
import type { LambdaExecutorOptions } from "./options.ts";

/**
 * The bucket for parts of artifacts (a criterion's code, its large data) above 256 kB; where both together are above 6 MB, more than an invocation
 * carries, it is needed. The embedded Lambda brings its own.
 */
export interface ArtifactsOptions {
  /** Name of an S3 bucket. @default `FANOPT_ARTIFACTS`, else what SST's variables or `.sst/outputs.json` say */
  readonly bucket?: string;
  /** The bucket's AWS region. @default the function's */
  readonly region?: string;
  /** Base URL of a store that speaks like S3. @default the executor's `endpoint`, else AWS's */
  readonly endpoint?: string;
  /** Base URL under which workers reach it, where that is another one, as for an emulator in a container. @default `endpoint` */
  readonly workerEndpoint?: string;
}

const KNOWN = ["bucket", "region", "endpoint", "workerEndpoint"] as const satisfies ReadonlyArray<
  keyof ArtifactsOptions
>;

/** Throws InvalidInputError. */
export function checkArtifactsOptions(options: ArtifactsOptions | undefined, where: string): void {
  if (options === undefined) return;
  if (options === null || typeof options !== "object")
    throw new InvalidInputError(`${where}: artifacts must be an object such as { bucket }, received ${show(options)}.`);
  rejectUnknownKeys(options, KNOWN, `${where}: artifacts`);
  for (const name of KNOWN) {
    const value = options[name];
    if (value !== undefined && (typeof value !== "string" || value === ""))
      throw new InvalidInputError(`${where}: artifacts.${name} must be a non-empty string, received ${show(value)}.`);
  }
  for (const name of ["endpoint", "workerEndpoint"] as const) {
    const value = options[name];
    if (value !== undefined && !/^https?:$/.test(URL.parse(value)?.protocol ?? ""))
      throw new InvalidInputError(
        `${where}: artifacts.${name} must be a URL such as http://127.0.0.1:4566, received ${show(value)}.`,
      );
  }
}

/**
 * The bucket that goes with a deployed function: by the same account and region, unless the options say otherwise.
 *
 * @throws InvalidInputError when none is known; `why` is a part of it.
 */
export function bucketAddress(options: LambdaExecutorOptions, why: string): BucketAddress {
  const { artifacts = {}, client } = options;
  const { name, from } = discoverBucket(why, artifacts.bucket);
  return {
    bucket: name,
    from,
    region: artifacts.region ?? options.region ?? client?.config.region,
    credentials: options.credentials ?? client?.config.credentials,
    endpoint: artifacts.endpoint ?? options.endpoint,
    workerEndpoint: artifacts.workerEndpoint,
  };
}
