import { InvalidInputError, show } from "../errors.ts";
import { rejectUnknownKeys } from "../suggest.ts";
import type { SstComponent, SstGlobals } from "./globals.ts";
import { requireSst } from "./inside-sst.ts";

declare const sst: SstGlobals["sst"];

export interface ArtifactsBucketOptions {
  /** Days after its upload that an artifact is deleted. A driver uploads it again when it needs it. @default 30 */
  readonly expireDays?: number;
}

/**
 * The S3 bucket for parts of artifacts (a criterion's code, its large data) above 256 kB, linked as `FanoptArtifacts`; where both together are above
 * 6 MB, more than an invocation carries, it is needed. Private, over TLS only. The driver uploads; workers download by presigned URLs, so that the function needs no permission on the bucket.
 *
 * @returns the `sst.aws.Bucket`; return its `name` from `run()` as `artifacts`, so that drivers find it.
 * @throws InvalidInputError when an option is not what it may be, or outside `sst deploy`.
 */
export function fanoptArtifacts(options: ArtifactsBucketOptions = {}): SstComponent<"Bucket"> {
  rejectUnknownKeys(options, ["expireDays"], "fanoptArtifacts");
  const { expireDays = 30 } = options;
  if (!Number.isInteger(expireDays) || expireDays < 1)
    throw new InvalidInputError(
      `fanoptArtifacts: expireDays must be a whole number of days from 1, received ${show(expireDays)}.`,
    );
  requireSst("fanoptArtifacts");
  return new sst.aws.Bucket("FanoptArtifacts", {
    enforceHttps: true,
    cors: false,
    lifecycle: [{ prefix: "artifacts/", expiresIn: `${expireDays} days` }],
  }) as SstComponent<"Bucket">;
}
