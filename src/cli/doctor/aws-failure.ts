/** Errors of AWS, and of the way there, as findings. */
import { isAccessDenied, isCredentialFailure, isNetworkCode } from "../../aws-errors.ts";
import { type Finding, failed, type Place } from "./check.ts";

/** What is looked at in an SDK's error. */
interface ServiceFailure {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  /** Of Node's errors: what the system was asked for. */
  readonly syscall?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const CLOCK = /RequestExpired|RequestTimeTooSkewed|RequestInTheFuture|Signature (expired|not yet current)/i;
/** Names that the SDK and Node give to failures of the network, beside those with a code of Node's. */
const NETWORK =
  /^(TimeoutError|NetworkingError|CERT_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*)$/;

/** What to do about Node's errors of files and folders, by their codes. */
const FILE_REMEDIES: readonly (readonly [codes: RegExp, remedy: string])[] = [
  [
    /^(ENOENT|ENOTDIR)$/,
    "There is no such file or folder: make it, or correct what names it (for temporary folders TMPDIR).",
  ],
  [
    /^(EACCES|EPERM|EROFS)$/,
    "This user may not do that there: allow it, or use another folder (TMPDIR names the temporary one).",
  ],
  [/^(ENOSPC|EDQUOT)$/, "The disk, or this user's part of it, is full: make room."],
  [/^(EMFILE|ENFILE)$/, "Too many files are open: close programs, or raise the limit (ulimit -n)."],
];

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
export function awsFailure(error: unknown, place: Place): Finding {
  const { name = "", message = "", $metadata } = error as ServiceFailure;
  if (CLOCK.test(name) || CLOCK.test(message))
    return failed(said(error), "This machine's clock differs from AWS's by minutes: set it (NTP), then try again.");
  if (isCredentialFailure(name)) return failed(`AWS refused the credentials: ${said(error)}`, signInRemedy);
  if (isDenied(error))
    return failed(said(error), "Let an administrator allow that action to this user or role, or use another profile.");
  if (isOfNetwork(error))
    return place === "AWS"
      ? failed(
          `AWS was not reached: ${said(error)}`,
          "Check the network, a proxy or VPN, the region and the endpoint (--region, --endpoint, AWS_ENDPOINT_URL).",
        )
      : failed(
          `a server of fanopt's on this machine was not reached: ${said(error)}`,
          "See that no firewall or proxy keeps programs from 127.0.0.1, then try again.",
        );
  const fileRemedy = remedyOfFiles(error);
  if (fileRemedy !== undefined) return failed(said(error), fileRemedy);
  if (/Throttl|TooManyRequests|LimitExceeded/.test(name))
    return failed(said(error), "Too many requests of this account at this moment: try again in a minute.");
  if ($metadata !== undefined)
    return failed(said(error), "That is AWS's own message: check region, endpoint and the resource's name.");
  return failed(said(error), "That was not foreseen. If installing fanopt again (npm ci) does not mend it, report it.");
}

function isOfNetwork(error: unknown): boolean {
  const { name = "", code, syscall } = error as ServiceFailure;
  // A firewall of this machine answers EACCES or EPERM.
  if (isNetworkCode(code) || syscall === "connect") return true;
  return NETWORK.test(name) || (typeof code === "string" && NETWORK.test(code));
}

function remedyOfFiles(error: unknown): string | undefined {
  const { code } = error as ServiceFailure;
  return FILE_REMEDIES.find(([codes]) => typeof code === "string" && codes.test(code))?.[1];
}
