import { isAccessDenied, isCredentialFailure, isNetworkCode } from "../../aws-errors.ts";
import { AbortError, FanoptError, InfrastructureError } from "../../errors.ts";

/** Some items of a batch were not taken, though the request succeeded. */
export class UnprocessedItemsError extends Error {
  override readonly name = "UnprocessedItems";
  constructor(nItems: number) {
    super(`DynamoDB left ${nItems} items of a batch unprocessed (throttling)`);
  }
}

const transientNames = new Set([
  "UnprocessedItems",
  "ProvisionedThroughputExceededException",
  "ThrottlingException",
  "ThrottledException",
  "RequestLimitExceeded",
  "TooManyRequestsException",
  "InternalServerError",
  "ServiceUnavailable",
  "TransactionInProgressException",
  "TimeoutError",
  "RequestTimeout",
  "RequestTimeoutException",
]);

/** Throttled, a fault of the server, or of the network: every request of the store may then be repeated, by its key. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof FanoptError) return false;
  const { code, $metadata } = error as {
    code?: unknown;
    $metadata?: { httpStatusCode?: number; clockSkewCorrected?: boolean };
  };
  // The SDK has just corrected its clock by the server's: the next signature will be right.
  if ($metadata?.clockSkewCorrected === true) return true;
  if (transientNames.has(error.name) || isNetworkCode(code)) return true;
  if (($metadata?.httpStatusCode ?? 0) >= 500) return true;
  return error.cause !== undefined && isTransient(error.cause);
}

export function isConditionFailure(error: unknown): boolean {
  return error instanceof Error && error.name === "ConditionalCheckFailedException";
}

/**
 * The error a person can act on.
 * @param doing e.g. "write 12 points of run 01J…"
 * @param where e.g. "DynamoDB table fanopt in eu-central-1"
 * @param triedForMs how long it was retried without success
 */
export function explain(error: unknown, doing: string, where: string, triedForMs: number): Error {
  if (error instanceof FanoptError && !(error instanceof AbortError)) return error;
  const name = error instanceof Error ? error.name : "Error";
  const message = error instanceof Error ? error.message : String(error);
  const failed = `Could not ${doing} in ${where}`;
  const options = { cause: error };
  if (name === "ResourceNotFoundException")
    return new InfrastructureError(
      "store-no-table",
      `${failed}: there is no such table there. Create it: fanoptHistory() of fanopt/sst in the sst.config.ts, then npx sst deploy; or check table, region and endpoint.`,
      options,
    );
  if (isAccessDenied(name))
    return new InfrastructureError(
      "store-access-denied",
      `${failed}: access denied (${message}). The driver's role needs dynamodb:PutItem, BatchWriteItem, GetItem and Query on that table.`,
      options,
    );
  if (isCredentialFailure(name))
    return new InfrastructureError(
      "store-credentials",
      `${failed}: AWS credentials are missing, wrong or expired (${name}: ${message}). Set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, log in again (\`aws sso login\`), or run under \`sst shell\`.`,
      options,
    );
  if (isTransient(error))
    return new InfrastructureError(
      "store-unavailable",
      `${failed}: retried for ${seconds(triedForMs)} without success; the last failure was ${describe(error)}. Check the network, and the table's capacity if it is throttled.`,
      options,
    );
  return new InfrastructureError("store-failed", `${failed}: ${describe(error)}.`, options);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  const detail = error.message || (typeof code === "string" ? code : "no message");
  return `${error.name}: ${detail.replace(/\.$/, "")}`;
}

function seconds(milliseconds: number): string {
  return milliseconds < 10_000 ? `${(milliseconds / 1000).toFixed(1)} s` : `${Math.round(milliseconds / 1000)} s`;
}
