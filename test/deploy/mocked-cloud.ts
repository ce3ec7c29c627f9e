/** What AWS would answer: the attributes that resources have once they are there, and Pulumi's functions. */
import type { Resource } from "./resources.ts";

const REGION = "us-east-1";
const ACCOUNT = "123456789012";

/** The inputs that say how a resource is called, for the types where something refers to its name. */
const NAMED_BY = ["name", "bucket"];

export function createdState(
  type: string,
  name: string,
  inputs: Resource["inputs"],
): { readonly id: string; readonly state: Record<string, unknown> } {
  const given = NAMED_BY.map((key) => inputs[key]).find((value) => typeof value === "string");
  const physical = String(given ?? `${name}-0000000`.toLowerCase());
  const state: Record<string, unknown> = { ...inputs, name: physical, arn: arnOf(type, physical) };
  if (type === "aws:s3/bucket:Bucket") state.bucket = physical;
  if (type === "random:index/randomBytes:RandomBytes") state.base64 = Buffer.alloc(32, 7).toString("base64");
  return { id: physical, state };
}

function arnOf(type: string, name: string): string {
  const [, service, kind] = /^aws:(\w+)\/(\w+):/.exec(type) ?? [];
  if (service === "s3") return `arn:aws:s3:::${name}`;
  if (service === "cloudwatch") return `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${name}`;
  if (service === "iam") return `arn:aws:iam::${ACCOUNT}:${kind}/${name}`;
  if (service === "lambda") return `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${kind}/${name}`;
}

interface Call {
  readonly token: string;
  readonly inputs: { readonly statements?: readonly Statement[] };
}

interface Statement {
  readonly effect?: string;
  readonly actions?: readonly string[];
  readonly resources?: readonly string[];
  readonly principals?: ReadonlyArray<{ readonly type: string; readonly identifiers: readonly string[] }>;
  readonly conditions?: ReadonlyArray<{
    readonly test: string;
    readonly variable: string;
    readonly values: readonly string[];
  }>;
}

export function answerCall({ token, inputs }: Call): Record<string, unknown> {
  switch (token) {
    case "aws:index/getPartition:getPartition":
      return { partition: "aws", id: "aws", dnsSuffix: "amazonaws.com" };
    case "aws:index/getRegion:getRegion":
      return { region: REGION, name: REGION, id: REGION };
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { accountId: ACCOUNT, id: ACCOUNT };
    case "aws:iam/getPolicyDocument:getPolicyDocument": {
      const { statements = [] } = inputs;
      const json = JSON.stringify({ Version: "2012-10-17", Statement: statements.map(policyStatement) });
      // AWS gives no list where there is none: SST tells by that whether a role gets a policy.
      return { json, ...(statements.length === 0 ? {} : { statements }) };
    }
    default:
      throw new Error(`The mocked cloud knows nothing of ${token}`);
  }
}

/** A statement as IAM writes it. */
function policyStatement({ effect = "Allow", actions, resources, principals, conditions }: Statement): object {
  const condition = Object.fromEntries(
    (conditions ?? []).map(({ test, variable, values }) => [test, { [variable]: values }]),
  );
  return {
    Effect: effect,
    Action: actions,
    Resource: resources,
    ...(principals === undefined ? {} : { Principal: principalOf(principals) }),
    ...(conditions === undefined ? {} : { Condition: condition }),
  };
}

function principalOf(principals: NonNullable<Statement["principals"]>): unknown {
  if (principals.some(({ type }) => type === "*")) return "*";
  return Object.fromEntries(principals.map(({ type, identifiers }) => [type, identifiers]));
}
