/**
 * What must be true of every deployment: functions from what was asked of the cloud to the violations, so that the same functions can be shown
 * to find what is wrong with a changed stack.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type DeploymentWithBundle, inputsOf } from "./resources.ts";

/** What the options of a deployment say. */
export interface Expected {
  readonly runtime: string;
  readonly architecture: string;
  readonly memoryMB: number;
  readonly reservedConcurrency: number | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly deletionProtection: boolean;
  readonly expireDays: number;
}

/** Violations, one sentence each; none when all is well. */
export type Rule = (deployment: DeploymentWithBundle, expected: Expected) => readonly string[];

const built = join(import.meta.dirname, "..", "..", "dist", "lambda");

function differences(actual: object, expected: object): string[] {
  return Object.entries(expected).flatMap(([key, wanted]) => {
    const found = (actual as Record<string, unknown>)[key];
    if (isDeepStrictEqual(found, wanted)) return [];
    return [`${key} must be ${JSON.stringify(wanted)}, is ${JSON.stringify(found)}`];
  });
}

/** Everything is created by these; a resource more is one that nobody has thought about. */
const CREATED = [
  "cloudwatch/logGroup FanoptEvaluatorLog",
  "dynamodb/table FanoptHistoryTable",
  "iam/role FanoptEvaluatorRole",
  "lambda/function FanoptEvaluatorFunction",
  "s3/bucket FanoptArtifactsBucket",
  "s3/bucketLifecycleConfiguration FanoptArtifactsLifecycle",
  "s3/bucketObjectv2 FanoptEvaluatorCode",
  "s3/bucketPolicy FanoptArtifactsPolicy",
  "s3/bucketPublicAccessBlock FanoptArtifactsPublicAccessBlock",
];

const LINKS = { evaluator: "FanoptEvaluator", table: "FanoptHistory", artifacts: "FanoptArtifacts" };

function policyOf(value: unknown): { readonly Statement?: unknown } {
  return typeof value === "string" ? JSON.parse(value) : {};
}

export const rules: Readonly<Record<string, Rule>> = {
  "nothing else is created": ({ resources }) => {
    const created = resources.filter(({ type }) => type.startsWith("aws:"));
    const names = created.map(({ type, name }) => `${type.slice(4, type.lastIndexOf(":"))} ${name}`).sort();
    return differences({ names }, { names: CREATED });
  },

  "the function's settings": (deployment, { runtime, architecture, memoryMB }) =>
    differences(inputsOf(deployment, "lambda/function"), {
      runtime,
      architectures: [architecture],
      memorySize: memoryMB,
      timeout: 900,
      handler: "evaluator.handler",
      packageType: "Zip",
      layers: undefined,
      vpcConfig: undefined,
    }),

  "concurrency is reserved on demand": (deployment, { reservedConcurrency }) =>
    differences(inputsOf(deployment, "lambda/function"), { reservedConcurrentExecutions: reservedConcurrency }),

  "the environment is what is needed": (deployment, { environment }) =>
    differences(inputsOf(deployment, "lambda/function"), { environment: { variables: environment } }),

  "the bundle is what the embedded Lambda runs": ({ bundle }) => {
    const files = ["evaluator.mjs", "evaluator.mjs.map"];
    const changed = files.filter((file) => !readFileSync(join(built, file)).equals(bundle[file] ?? new Uint8Array()));
    // SST adds resource.enc: what is linked, encrypted. Nothing is linked.
    const extra = Object.keys(bundle).filter((file) => !["./", "resource.enc", ...files].includes(file));
    return [
      ...changed.map((file) => `${file} is not the one of dist/lambda`),
      ...extra.map((file) => `${file} is in the zip`),
    ];
  },

  "the function has no URL": ({ resources }) =>
    resources
      .filter(({ type }) => /^aws:lambda\/(functionUrl|permission):/.test(type))
      .map(({ name }) => `${name} lets others call the function without IAM`),

  "the role may write its own log and nothing else": (deployment) => {
    const { managedPolicyArns, inlinePolicies } = inputsOf(deployment, "iam/role");
    const policies = (inlinePolicies ?? []) as ReadonlyArray<{ readonly policy: string }>;
    const { name } = inputsOf(deployment, "cloudwatch/logGroup");
    const statements = policies.flatMap(({ policy }) => policyOf(policy).Statement);
    return differences(
      { managedPolicyArns, statements },
      {
        managedPolicyArns: [],
        statements: [
          {
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
            Resource: `arn:aws:logs:us-east-1:123456789012:log-group:${name}:*`,
          },
        ],
      },
    );
  },

  "the role trusts Lambda alone": (deployment) =>
    differences(policyOf(inputsOf(deployment, "iam/role").assumeRolePolicy), {
      Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
    }),

  "the log is the function's own and ends": (deployment) => {
    const name = `/aws/lambda/${deployment.app}-${deployment.stage}-FanoptEvaluator`;
    return [
      ...differences(inputsOf(deployment, "cloudwatch/logGroup"), { name, retentionInDays: 30 }),
      ...differences(inputsOf(deployment, "lambda/function"), { loggingConfig: { logFormat: "Text", logGroup: name } }),
    ];
  },

  "the table's keys": (deployment) =>
    differences(inputsOf(deployment, "dynamodb/table"), {
      hashKey: "pk",
      rangeKey: "sk",
      attributes: [
        { name: "pk", type: "S" },
        { name: "sk", type: "S" },
      ],
      globalSecondaryIndexes: [],
      localSecondaryIndexes: [],
      streamEnabled: false,
    }),

  "the table is paid by request": (deployment) =>
    differences(inputsOf(deployment, "dynamodb/table"), { billingMode: "PAY_PER_REQUEST" }),

  "the table can be recovered": (deployment) =>
    differences(inputsOf(deployment, "dynamodb/table"), { pointInTimeRecovery: { enabled: true } }),

  "old runs expire": (deployment) =>
    differences(inputsOf(deployment, "dynamodb/table"), { ttl: { attributeName: "expiresAt", enabled: true } }),

  "the table is protected where it must be": (deployment, { deletionProtection }) =>
    differences(inputsOf(deployment, "dynamodb/table"), { deletionProtectionEnabled: deletionProtection }),

  "the bucket blocks public access": (deployment) =>
    differences(inputsOf(deployment, "s3/bucketPublicAccessBlock"), {
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    }),

  "the bucket's policy refuses plain HTTP and allows nothing": (deployment) => {
    const { bucket } = inputsOf(deployment, "s3/bucket");
    return differences(policyOf(inputsOf(deployment, "s3/bucketPolicy").policy), {
      Statement: [
        {
          Effect: "Deny",
          Action: ["s3:*"],
          Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
          Principal: "*",
          Condition: { Bool: { "aws:SecureTransport": ["false"] } },
        },
      ],
    });
  },

  "artifacts expire": (deployment, { expireDays }) =>
    differences(inputsOf(deployment, "s3/bucketLifecycleConfiguration"), {
      rules: [
        {
          id: "FanoptArtifactsLifecycleRule0",
          status: "Enabled",
          expiration: { days: expireDays },
          filter: { prefix: "artifacts/" },
        },
      ],
    }),

  "drivers find the names among the outputs": (deployment) =>
    differences(deployment.outputs, {
      evaluator: inputsOf(deployment, "lambda/function").name ?? "(no function)",
      table: inputsOf(deployment, "dynamodb/table").name ?? "(no table)",
      artifacts: inputsOf(deployment, "s3/bucket").bucket ?? "(no bucket)",
    }),

  "drivers find the names in sst shell": ({ resources, outputs }) =>
    Object.entries(LINKS).flatMap(([output, link]) => {
      const found = resources.find(({ type, name }) => type === "sst:sst:LinkRef" && name === `${link}LinkRef`);
      return differences(found?.inputs ?? {}, { properties: { name: outputs[output] ?? "(no output)" } });
    }),
};
