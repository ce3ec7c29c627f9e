import { LambdaClient } from "@aws-sdk/client-lambda";
import { createLambdaExecutor, type LambdaExecutor } from "../../src/index.ts";
import type { Access, DeployedFunction } from "./lambda-endpoint.ts";

/** A function that is there already, with the clients that reach it. `close` ends what else belongs to it. */
export function deployedFunction(
  functionName: string,
  access: Access,
  close: () => Promise<void> = async () => {},
): DeployedFunction {
  const { artifacts: _, ...service } = access;
  const client = new LambdaClient({ ...service, maxAttempts: 1 });
  const executors: LambdaExecutor[] = [];
  return {
    functionName,
    client,
    executor(options = {}) {
      const executor = createLambdaExecutor({ functionName, ...access, maxConcurrency: 64, ...options });
      executors.push(executor);
      return executor;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(executors.map((executor) => executor.close()));
      client.destroy();
      await close();
    },
  };
}
