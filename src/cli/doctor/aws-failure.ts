/** Errors of AWS, and of the way there, as findings. */
import { isAccessDenied, isCredentialFailure } from "../../aws-errors.ts";
import { type Finding, failed } from "./check.ts";

/** What is looked at in an SDK's error. */
interface ServiceFailure {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const CLOCK = /RequestExpired|RequestTimeTooSkewed|RequestInTheFuture|Signature (expired|not yet current)/i;
const NETWORK =
  /^(E[A-Z]+|TimeoutError|NetworkingError|CERT_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*)$/;

export const signInRemedy =
  "Sign in again (aws sso login), choose another profile (AWS_PROFILE=<name>), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.";

/** Whether it is known who asks, but they may not. */
export function isDenied(error: unknown): boolean {
  const { name = "", $metadata } = error as ServiceFailure;
  if (isCredentialFailure(name) || CLOCK.test(name)) return false;
  return isAccessDenied(name) || $metadata?.httpStatusCode === 403;
}

export function isNotFound(error: unknown): boolean {
  const { name, $metadata } = error as ServiceFailure;
  return name === "ResourceNotFoundException" || name === "NotFound" || $metadata?.httpStatusCode === 404;
}

/** "AccessDeniedException: User … is not authorized …" */
export function said(error: unknown): string {
  const { name = "Error", message = "", code } = error as ServiceFailure;
  // Node leaves the message empty where IPv6 and IPv4 failed.
  const text = message || (typeof code === "string" ? code : "no message");
  return name === "Error" || text.startsWith(name) ? text : `${name}: ${text}`;
}

/** The failed finding for what a check threw. */
export function awsFailure(error: unknown): Finding {
  const { name = "", message = "", code } = error as ServiceFailure;
  if (CLOCK.test(name) || CLOCK.test(message))
    return failed(said(error), "This machine's clock differs from AWS's by minutes: set it (NTP), then try again.");
  if (isCredentialFailure(name)) return failed(`AWS refused the credentials: ${said(error)}`, signInRemedy);
  if (isDenied(error))
    return failed(said(error), "Let an administrator allow that action to this user or role, or use another profile.");
  if (NETWORK.test(name) || (typeof code === "string" && NETWORK.test(code)))
    return failed(
      `AWS was not reached: ${said(error)}`,
      "Check the network, a proxy or VPN, the region and the endpoint (--region, --endpoint, AWS_ENDPOINT_URL).",
    );
  if (/Throttl|TooManyRequests|LimitExceeded/.test(name))
    return failed(said(error), "Too many requests of this account at this moment: try again in a minute.");
  if ((error as ServiceFailure).$metadata !== undefined)
    return failed(said(error), "That is AWS's own message: check region, endpoint and the resource's name.");
  return failed(said(error), "That was not foreseen. If installing fanopt again (npm ci) does not mend it, report it.");
}
