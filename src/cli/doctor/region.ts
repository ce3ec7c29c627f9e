import { type Finding, failed, passed } from "./check.ts";
import type { AwsContext } from "./context.ts";

export async function checkRegion({ lambda, options, environment }: AwsContext): Promise<Finding> {
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_PROFILE } = environment;
  const client = await lambda();
  const region = await client.config.region().catch(() => undefined);
  if (region === undefined) {
    // The SDK for JavaScript, unlike the AWS command line, does not read it.
    const otherwise = AWS_DEFAULT_REGION
      ? ` AWS_DEFAULT_REGION=${AWS_DEFAULT_REGION} is set, but it is not read by the SDK for JavaScript.`
      : "";
    return failed(
      `none is set.${otherwise}`,
      `Set AWS_REGION=${AWS_DEFAULT_REGION || "<region>"}, a region in the profile (aws configure set region <region>), or --region <region>.`,
    );
  }
  const from =
    options.region !== undefined ? "--region" : AWS_REGION ? "AWS_REGION" : `the profile ${AWS_PROFILE || "default"}`;
  return passed(`${region} (from ${from})`);
}
