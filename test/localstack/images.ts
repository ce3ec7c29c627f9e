/** LocalStack's last community release that runs without an account. */
export const localstackImage: string = process.env.FANOPT_LOCALSTACK_IMAGE || "localstack/localstack:4.14";

/** What functions run in; without the variable LocalStack takes AWS's own public image. */
export const lambdaImage: string | undefined = process.env.FANOPT_LAMBDA_IMAGE || undefined;

export const runtime = "nodejs22.x";
