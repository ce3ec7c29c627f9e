/** What a deployment asked the cloud for. */
export interface Deployment {
  readonly app: string;
  readonly stage: string;
  readonly resources: readonly Resource[];
  /** What `run()` of sst.config.ts returned. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** With what was uploaded for it. */
export interface DeploymentWithBundle extends Deployment {
  /** The function's zip: contents by path. */
  readonly bundle: Readonly<Record<string, Uint8Array>>;
}

export interface Resource {
  /** Pulumi's type, e.g. "aws:lambda/function:Function". */
  readonly type: string;
  /** Its name in Pulumi, e.g. "FanoptEvaluatorFunction". */
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** The inputs of a resource, by the name of its type without the package, e.g. "lambda/function"; none when there is no such resource. */
export function inputsOf({ resources }: Deployment, type: string): Resource["inputs"] {
  return resources.find((resource) => resource.type.startsWith(`aws:${type}:`))?.inputs ?? {};
}
