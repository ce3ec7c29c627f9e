/** The Lambda function that evaluates points. Thin: everything is in src/worker. */
import { createHandler } from "../src/worker/handler.ts";

export const handler: ReturnType<typeof createHandler> = createHandler({
  allowedArtifacts: process.env.FANOPT_ALLOWED_ARTIFACTS,
});
