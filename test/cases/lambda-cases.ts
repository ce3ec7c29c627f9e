import { afterAll, beforeAll, test } from "vitest";
import { apiCases } from "./lambda-api-cases.ts";
import { artifactCases } from "./lambda-artifact-cases.ts";
import type { DeployedFunction, DeploySettings, EndpointName, LambdaEndpoint } from "./lambda-endpoint.ts";
import { evaluationCases } from "./lambda-evaluation-cases.ts";
import { failureCases } from "./lambda-failure-cases.ts";

type Run = (deployed: DeployedFunction, endpoint: LambdaEndpoint) => Promise<void>;

/** What must hold of a function, wherever it runs. */
export interface LambdaCase {
  readonly what: string;
  /** Of the function that the case gets for itself. */
  readonly settings?: DeploySettings;
  readonly run: Run;
  /** Where an endpoint differs from what AWS documents: how, and what is seen there instead. So that it is noticed when it no longer does. */
  readonly unlike?: Readonly<Partial<Record<EndpointName, { readonly how: string; readonly run: Run }>>>;
}

const lambdaCases: readonly LambdaCase[] = [...apiCases, ...failureCases, ...evaluationCases, ...artifactCases];

/** Makes a test of each case, against one endpoint. */
export function testLambdaCases(name: EndpointName, start: () => Promise<LambdaEndpoint>): void {
  let endpoint: LambdaEndpoint | undefined;
  beforeAll(async () => {
    endpoint = await start();
  });
  afterAll(() => endpoint?.[Symbol.asyncDispose]());

  for (const { what, settings, run, unlike } of lambdaCases) {
    const other = unlike?.[name];
    test(other === undefined ? what : `${what} (unlike AWS: ${other.how})`, async () => {
      if (endpoint === undefined) throw new Error(`${name} has not started.`);
      await using deployed = await endpoint.deploy(settings);
      await (other?.run ?? run)(deployed, endpoint);
    });
  }
}
