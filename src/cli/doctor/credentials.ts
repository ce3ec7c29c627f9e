import { said, signInRemedy } from "./aws-failure.ts";
import { type Finding, failed, passed } from "./check.ts";
import type { AwsContext } from "./context.ts";

const HOUR_MS = 3_600_000;

/** The credentials that a driver here would use: those of the SDK's chain. No secret is shown. */
export async function checkCredentials({ lambda, environment }: AwsContext): Promise<Finding> {
  const client = await lambda();
  try {
    return judge(await client.config.credentials(), environment, Date.now());
  } catch (error) {
    const { AWS_PROFILE } = environment;
    const profile = AWS_PROFILE ? ` --profile ${AWS_PROFILE}` : "";
    return failed(
      `none were found: ${said(error)}`,
      `Sign in (aws configure sso, then aws sso login${profile}) and name the profile (AWS_PROFILE=<name>), or set AWS_ACCESS_KEY_ID and ` +
        "AWS_SECRET_ACCESS_KEY. Without an account: npx fanopt doctor --local.",
    );
  }
}

/** What of the SDK's credentials is looked at. */
interface Credentials {
  readonly accessKeyId: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
  readonly accountId?: string;
  /** Features that the SDK reports to AWS: which provider it was. */
  readonly $source?: object;
}

function judge(credentials: Credentials, environment: NodeJS.ProcessEnv, now: number): Finding {
  const { accessKeyId, sessionToken, expiration, accountId } = credentials;
  const account = accountId === undefined ? "" : ` of account ${accountId}`;
  const key = `key …${accessKeyId.slice(-4)}${account} ${sourceOf(credentials, environment)}`.trimEnd();
  // Keys of temporary credentials begin so: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
  if (accessKeyId.startsWith("ASIA") && !sessionToken)
    return failed(
      `${key} is temporary, but has no session token`,
      "Set AWS_SESSION_TOKEN too: it comes along with the key.",
    );
  if (expiration === undefined) return passed(key);
  const left = expiration.getTime() - now;
  if (left <= 0) return failed(`${key} expired at ${expiration.toISOString()}`, signInRemedy);
  const minutes = Math.floor(left / 60_000);
  if (left > HOUR_MS) return passed(`${key}, valid for ${Math.floor(minutes / 60)} h`);
  return passed(
    `${key}, valid for ${minutes} min`,
    `They expire within the hour, and where they cannot renew themselves a longer run ends then. ${signInRemedy}`,
  );
}

function sourceOf({ $source = {} }: Credentials, { AWS_PROFILE }: NodeJS.ProcessEnv): string {
  const features = Object.keys($source);
  const is = (part: string) => features.some((feature) => feature.includes(part));
  const profile = `profile ${AWS_PROFILE || "default"}`;
  if (is("ENV_VARS")) return "from the environment";
  if (is("IMDS")) return "of this machine's role";
  if (is("HTTP")) return "of this container's role";
  if (is("SSO")) return `from SSO, ${profile}`;
  if (is("ASSUME_ROLE")) return `of an assumed role, ${profile}`;
  if (is("PROCESS")) return `from credential_process, ${profile}`;
  return is("PROFILE") || is("LOGIN") ? `from the ${profile}` : "";
}
