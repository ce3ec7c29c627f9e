/** LocalStack's last community release that runs without an account. */
export const localstackImage: string = process.env.FANOPT_LOCALSTACK_IMAGE || "localstack/localstack:4.14";

/** What functions run in. The default is what LocalStack takes when it is told nothing. */
export const lambdaImage: string = process.env.FANOPT_LAMBDA_IMAGE || "public.ecr.aws/lambda/nodejs:22";

/** What LocalStack is told of the function's image: nothing unless another is set. */
export const imageMapping: Readonly<Record<string, string>> = process.env.FANOPT_LAMBDA_IMAGE
  ? { LAMBDA_RUNTIME_IMAGE_MAPPING: JSON.stringify({ "nodejs22.x": lambdaImage }) }
  : {};
