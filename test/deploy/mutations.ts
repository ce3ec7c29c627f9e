/** Stacks with one thing wrong each, as lines of `run()` before anything is created, and the rule that must find it. */
export interface Mutation {
  readonly what: string;
  readonly lines: string;
  readonly violates: string;
  /** @default "dev" */
  readonly stage?: string;
}

const component = (name: string, lines: string) => `$transform(sst.aws.${name}, (args) => { ${lines} });`;
const resource = (name: string, lines: string) => `$transform(aws.${name}, (args) => { ${lines} });`;
const inRole = (statement: object) =>
  resource(
    "iam.Role",
    `args.inlinePolicies = [{ name: "more", policy: JSON.stringify({ Statement: [${JSON.stringify(statement)}] }) }];`,
  );

const SETTINGS = "the function's settings";
const ROLE = "the role may write its own log and nothing else";
const TRUST = "the role trusts Lambda alone";
const NO_URL = "the function has no URL";
const PRIVATE = "the bucket blocks public access";
const POLICY = "the bucket's policy refuses plain HTTP and allows nothing";
const TRUSTING_ROOT = JSON.stringify({
  Statement: [{ Effect: "Allow", Principal: { AWS: "arn:aws:iam::123456789012:root" }, Action: "sts:AssumeRole" }],
});

export const mutations: readonly Mutation[] = [
  { what: "a queue beside", lines: 'new aws.sqs.Queue("Beside");', violates: "nothing else is created" },
  { what: "a public URL", lines: component("Function", "args.url = true;"), violates: NO_URL },
  { what: "a URL for IAM", lines: component("Function", 'args.url = { authorization: "iam" };'), violates: NO_URL },
  { what: "one minute", lines: component("Function", 'args.timeout = "1 minute";'), violates: SETTINGS },
  { what: "other memory", lines: component("Function", 'args.memory = "128 MB";'), violates: SETTINGS },
  { what: "another runtime", lines: component("Function", 'args.runtime = "nodejs20.x";'), violates: SETTINGS },
  { what: "another processor", lines: component("Function", 'args.architecture = "x86_64";'), violates: SETTINGS },
  { what: "another handler", lines: component("Function", 'args.handler = "other.handler";'), violates: SETTINGS },
  {
    what: "a layer",
    lines: component("Function", 'args.layers = ["arn:aws:lambda:us-east-1:1:layer:x:1"];'),
    violates: SETTINGS,
  },
  {
    what: "reserved concurrency",
    lines: component("Function", "args.concurrency = { reserved: 5 };"),
    violates: "concurrency is reserved on demand",
  },
  {
    what: "one more variable",
    lines: resource(
      "lambda.Function",
      'args.environment = { variables: { NODE_OPTIONS: "--enable-source-maps", SECRET: "1" } };',
    ),
    violates: "the environment is what is needed",
  },
  {
    what: "the variables of SST",
    lines: component("Function", "args.transform = { ...args.transform, function: undefined };"),
    violates: "the environment is what is needed",
  },
  {
    what: "one more file",
    lines: component("Function", 'args.copyFiles = [{ from: "package.json" }];'),
    violates: "the bundle is what the embedded Lambda runs",
  },
  {
    what: "a bundle without its map",
    lines: `const { unlinkSync } = await import("node:fs");
    ${component("Function", 'unlinkSync(args.bundle + "/evaluator.mjs.map");')}`,
    violates: "the bundle is what the embedded Lambda runs",
  },
  {
    what: "a linked table",
    lines: `const linked = new sst.aws.Dynamo("Linked", { fields: { id: "string" }, primaryIndex: { hashKey: "id" } });
    ${component("Function", "args.link = [linked]; args.transform = { ...args.transform, role: undefined };")}`,
    violates: ROLE,
  },
  {
    what: "the managed policy for logs",
    lines: resource(
      "iam.Role",
      'args.managedPolicyArns = ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"];',
    ),
    violates: ROLE,
  },
  { what: "all of DynamoDB", lines: inRole({ Effect: "Allow", Action: "dynamodb:*", Resource: "*" }), violates: ROLE },
  {
    what: "all logs",
    lines: inRole({ Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: "*" }),
    violates: ROLE,
  },
  {
    what: "trust in the account",
    lines: resource("iam.Role", `args.assumeRolePolicy = ${JSON.stringify(TRUSTING_ROOT)};`),
    violates: TRUST,
  },
  {
    what: "a log for ever",
    lines: resource("cloudwatch.LogGroup", "args.retentionInDays = 0;"),
    violates: "the log is the function's own and ends",
  },
  {
    what: "a log of SST's",
    lines: component("Function", "args.logging = {};"),
    violates: "the log is the function's own and ends",
  },
  {
    what: "another key",
    lines: component(
      "Dynamo",
      'args.fields = { id: "string", sk: "string" }; args.primaryIndex = { hashKey: "id", rangeKey: "sk" };',
    ),
    violates: "the table's keys",
  },
  {
    what: "numbers as keys",
    lines: component("Dynamo", 'args.fields = { pk: "string", sk: "number" };'),
    violates: "the table's keys",
  },
  { what: "a stream", lines: component("Dynamo", 'args.stream = "new-image";'), violates: "the table's keys" },
  {
    what: "provisioned capacity",
    lines: resource(
      "dynamodb.Table",
      'args.billingMode = "PROVISIONED"; args.readCapacity = 5; args.writeCapacity = 5;',
    ),
    violates: "the table is paid by request",
  },
  {
    what: "no recovery",
    lines: resource("dynamodb.Table", "args.pointInTimeRecovery = { enabled: false };"),
    violates: "the table can be recovered",
  },
  { what: "no time to live", lines: component("Dynamo", "args.ttl = undefined;"), violates: "old runs expire" },
  { what: "another time to live", lines: component("Dynamo", 'args.ttl = "expires";'), violates: "old runs expire" },
  {
    what: "no protection in production",
    lines: component("Dynamo", "args.deletionProtection = false;"),
    violates: "the table is protected where it must be",
    stage: "production",
  },
  {
    what: "protection while developing",
    lines: component("Dynamo", "args.deletionProtection = true;"),
    violates: "the table is protected where it must be",
  },
  { what: "a public bucket", lines: component("Bucket", 'args.access = "public";'), violates: PRIVATE },
  { what: "no block", lines: component("Bucket", "args.transform = { publicAccessBlock: false };"), violates: PRIVATE },
  { what: "a readable bucket", lines: component("Bucket", 'args.access = "public";'), violates: POLICY },
  { what: "plain HTTP", lines: component("Bucket", "args.enforceHttps = false;"), violates: POLICY },
  {
    what: "artifacts for ever",
    lines: component("Bucket", "args.lifecycle = undefined;"),
    violates: "artifacts expire",
  },
  {
    what: "a lifecycle that is off",
    lines: component("Bucket", "args.lifecycle[0].enabled = false;"),
    violates: "artifacts expire",
  },
  { what: "CORS", lines: component("Bucket", "args.cors = {};"), violates: "nothing else is created" },
  {
    what: "an output under another name",
    lines: 'rename = { table: "history" };',
    violates: "drivers find the names among the outputs",
  },
  {
    what: "a link without a name",
    lines: "sst.Linkable.wrap(sst.aws.Dynamo, () => ({ properties: {} }));",
    violates: "drivers find the names in sst shell",
  },
];
