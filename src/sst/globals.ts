/**
 * What `sst deploy` gives to code beside its imports, as far as it is used here. SST bundles sst.config.ts with the packages that it imports,
 * puts `import * as sst` and `import * as aws` in front of every file, and replaces `$app` and `$cli` by their values. So these names are
 * known inside `sst deploy`, in node_modules too, and nowhere else. That SST's own types fit these is checked by stacks/globals.ts.
 */
export interface SstGlobals {
  readonly sst: {
    readonly aws: {
      readonly Function: new (name: string, args: FunctionArgs) => Component;
      readonly Dynamo: new (name: string, args: DynamoArgs) => Component;
      readonly Bucket: new (name: string, args: BucketArgs) => Component;
    };
  };
  readonly aws: {
    readonly cloudwatch: { readonly LogGroup: new (name: string, args: LogGroupArgs) => LogGroup };
  };
  readonly $app: { readonly name: string; readonly stage: string };
  /** Absolute paths: of the folder with sst.config.ts, and of its .sst/. */
  readonly $cli: { readonly paths: { readonly root: string; readonly work: string } };
}

/**
 * A component of SST by its name in `sst.aws`, with SST's own type. Where SST's types are not there, as in a driver's project that deploys
 * nothing, only what every one of them has.
 */
export type SstComponent<Name extends string> = typeof globalThis extends {
  sst: { aws: { [K in Name]: abstract new (...args: never) => infer Instance } };
}
  ? Instance
  : Component;

interface Component {
  /** The physical name: what a driver needs, and `run()` returns. */
  readonly name: unknown;
}

/** A string that is known when what it belongs to has been deployed: Pulumi's own type, where SST's types are there. */
type StringOutput = typeof globalThis extends {
  aws: { cloudwatch: { LogGroup: abstract new (...args: never) => { arn: infer Arn } } };
}
  ? Arn
  : LaterString;

interface LaterString {
  apply(map: (value: string) => string): LaterString;
}

interface LogGroup {
  readonly name: StringOutput;
  readonly arn: StringOutput;
}

interface LogGroupArgs {
  readonly name: string;
  readonly retentionInDays: number;
}

interface FunctionArgs {
  readonly description: string;
  readonly bundle: string;
  readonly handler: string;
  readonly runtime: "nodejs22.x" | "nodejs24.x";
  readonly architecture: "arm64" | "x86_64";
  readonly memory: `${number} MB`;
  readonly timeout: "15 minutes";
  readonly concurrency?: { readonly reserved: number };
  readonly dev: false;
  // SST wants what it could change: lists must not be readonly.
  readonly logging: { logGroup: StringOutput };
  readonly transform: {
    function: { environment: { variables: Record<string, string> } };
    role: {
      assumeRolePolicy: string;
      managedPolicyArns: string[];
      inlinePolicies: Array<{ name: string; policy: StringOutput }>;
    };
  };
}

interface DynamoArgs {
  readonly fields: Record<string, "string">;
  readonly primaryIndex: { hashKey: string; rangeKey: string };
  readonly ttl: string;
  readonly deletionProtection: boolean;
}

interface BucketArgs {
  readonly enforceHttps: true;
  readonly cors: false;
  readonly lifecycle: Array<{ prefix: "artifacts/"; expiresIn: `${number} days` }>;
}
