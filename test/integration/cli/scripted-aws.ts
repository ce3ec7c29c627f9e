import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { CreateTableCommand, DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { createHistoryTable } from "../../../src/recording/dynamodb/create-table.ts";
import { createHandler } from "../../../src/worker/handler.ts";

export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

type Answer = (call: Call) => void | Promise<void>;

/** Operations that a test has answered otherwise, e.g. "GetFunctionConfiguration". */
export type Script = Readonly<Record<string, Answer>>;

export function give(body: unknown): Answer {
  return ({ response }) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
}

/** An error as Lambda (header) and DynamoDB (body) send it. */
export function refuse(status: number, type: string, message = `${type} for a test`): Answer {
  return ({ response }) => {
    response.writeHead(status, { "content-type": "application/json", "x-amzn-errortype": type });
    response.end(JSON.stringify({ __type: type, message }));
  };
}

/** An error as S3 sends it. */
export function refuseObject(status: number, code: string): Answer {
  return ({ response }) => {
    response.writeHead(status, { "content-type": "application/xml" });
    response.end(
      `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>For a test</Message></Error>`,
    );
  };
}

/** Reads the request, and never answers. */
export const hang: Answer = ({ request }) => {
  request.resume();
};

/** The settings of a function as AWS gives them, made as fanopt/sst makes it. */
export function settings(changed: object = {}): Answer {
  return give({
    FunctionName: "evaluator",
    Runtime: "nodejs24.x",
    Architectures: ["arm64"],
    MemorySize: 1769,
    Timeout: 900,
    State: "Active",
    LastUpdateStatus: "Successful",
    LastModified: "2026-11-02T10:00:00.000+0000",
    ...changed,
  });
}

/** The quotas of an account as AWS gives them. */
export function quotas(concurrent: number, unreserved: number): Answer {
  return give({
    AccountLimit: { ConcurrentExecutions: concurrent, UnreservedConcurrentExecutions: unreserved },
    AccountUsage: {},
  });
}

/** Of the path: the object's key, e.g. "artifacts/…", below its bucket. */
const OBJECT = /^\/[^/?]+\/(artifacts\/[^/?]+)\?x-id=/;

const ROUTES: readonly (readonly [operation: string, method: string, path: RegExp])[] = [
  ["GetFunctionConfiguration", "GET", /^\/2015-03-31\/functions\/[^/]+\/configuration/],
  ["GetAccountSettings", "GET", /^\/2016-08-19\/account-settings/],
  ["GetFunctionConcurrency", "GET", /^\/2019-09-30\/functions\/[^/]+\/concurrency/],
  ["Invoke", "POST", /^\/2015-03-31\/functions\/[^/]+\/invocations/],
  ["HeadBucket", "HEAD", /^\/[^/]+/],
  ["PutObject", "PUT", OBJECT],
  ["GetObject", "GET", OBJECT],
  ["DeleteObject", "DELETE", OBJECT],
];

/**
 * Lambda, DynamoDB and S3 behind one endpoint: a healthy account, but for what the script says. The function is the evaluator's own handler, the
 * database an emulator.
 */
export class ScriptedAws implements AsyncDisposable {
  /** Operations in the order in which they were asked for. */
  readonly operations: string[] = [];
  /** What is in the bucket, by key. */
  readonly objects: Map<string, string> = new Map();
  readonly dynamoDb: DynamoDBClient;
  readonly endpoint: string;
  readonly #server: Server;

  private constructor(server: Server, endpoint: string) {
    this.#server = server;
    this.endpoint = endpoint;
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    this.dynamoDb = new DynamoDBClient({ endpoint, region: "eu-central-1", credentials });
  }

  static async start(script: Script = {}): Promise<ScriptedAws> {
    const require = createRequire(import.meta.url);
    const database = (require("dynalite") as (options: { createTableMs: number }) => Server)({ createTableMs: 0 });
    const invoke = evaluator();
    const healthy: Script = {
      GetFunctionConfiguration: settings(),
      GetAccountSettings: quotas(1000, 1000),
      GetFunctionConcurrency: give({}),
      Invoke: invoke,
      HeadBucket: ({ response }) => void response.writeHead(200).end(),
      async PutObject({ request, response }) {
        aws.objects.set(keyOf(request), await text(request));
        response.writeHead(200).end();
      },
      GetObject: ({ request, response }) => void response.writeHead(200).end(aws.objects.get(keyOf(request))),
      DeleteObject({ request, response }) {
        aws.objects.delete(keyOf(request));
        response.writeHead(204).end();
      },
    };
    const server = createServer((request, response) => {
      const operation = operationOf(request);
      aws.operations.push(operation);
      const answer = script[operation] ?? healthy[operation];
      if (answer === undefined) database.emit("request", request, response);
      else void answer({ request, response });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const aws = new ScriptedAws(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return aws;
  }

  async createHistoryTable(name: string): Promise<void> {
    await createHistoryTable(this.dynamoDb, name);
  }

  /** A table of somebody else: one key, a number. */
  async createOtherTable(name: string): Promise<void> {
    const command = new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "N" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    });
    await this.dynamoDb.send(command);
  }

  async countItems(table: string): Promise<number | undefined> {
    return (await this.dynamoDb.send(new ScanCommand({ TableName: table }))).Count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dynamoDb.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function keyOf({ url = "" }: IncomingMessage): string {
  return OBJECT.exec(url)?.[1] ?? "";
}

function operationOf({ method, url = "", headers }: IncomingMessage): string {
  const target = headers["x-amz-target"];
  if (typeof target === "string") return target.slice(target.indexOf(".") + 1);
  return ROUTES.find(([, verb, path]) => verb === method && path.test(url))?.[0] ?? `${method} ${url}`;
}

/** A function that runs the evaluator, in one environment; `changed` of what it answers is replaced. */
export function evaluator(options: Parameters<typeof createHandler>[0] = {}, changed: object = {}): Answer {
  const handler = createHandler(options);
  const context = { getRemainingTimeInMillis: () => 900_000, memoryLimitInMB: "1769" };
  return async (call) => {
    const answer = await handler(JSON.parse(await text(call.request)), context);
    await give({ ...answer, ...changed })(call);
  };
}
