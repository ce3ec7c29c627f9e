/**
 * As much of AWS as `sst deploy` talks to by itself: Parameter Store, where it keeps its passphrases, and the S3 bucket of its state. Both in
 * memory. It is an HTTP proxy, because SST addresses a bucket by a host name of its own.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** What SST finds instead of bootstrapping the account; a version above all that it knows of. */
const BOOTSTRAP = {
  version: 1_000,
  asset: "sst-asset-test",
  state: "sst-state-test",
  assetEcrRegistryId: "123456789012",
  assetEcrUrl: "123456789012.dkr.ecr.us-east-1.amazonaws.com/sst-asset",
} as const;

export interface FakeAws extends AsyncDisposable {
  /** The environment of a process that shall talk to it and to nothing else. */
  readonly environment: Readonly<Record<string, string>>;
}

export async function startFakeAws(): Promise<FakeAws> {
  const parameters = new Map<string, string>([["/sst/bootstrap", JSON.stringify(BOOTSTRAP)]]);
  const objects = new Map<string, string>();
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const target = request.headers["x-amz-target"];
    if (typeof target === "string") answerParameterStore(target, JSON.parse(body), parameters, response);
    else answerS3(request, body, objects, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    environment: {
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_REGION: "us-east-1",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_ENDPOINT_URL: "http://aws.invalid",
      HTTP_PROXY: proxy,
      HTTPS_PROXY: proxy,
      NO_PROXY: "127.0.0.1,localhost",
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answerParameterStore(
  target: string,
  { Name, Value }: { readonly Name: string; readonly Value?: string },
  parameters: Map<string, string>,
  response: ServerResponse,
): void {
  const answer = (status: number, body: object) =>
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
  if (target === "AmazonSSM.PutParameter") {
    parameters.set(Name, String(Value));
    answer(200, { Version: 1 });
  } else if (target === "AmazonSSM.GetParameter" && parameters.has(Name)) {
    answer(200, { Parameter: { Name, Type: "String", Value: parameters.get(Name) } });
  } else {
    const known = target === "AmazonSSM.GetParameter";
    answer(400, { __type: known ? "ParameterNotFound" : "UnknownOperationException", message: `${target} ${Name}` });
  }
}

function answerS3(
  request: IncomingMessage,
  body: string,
  objects: Map<string, string>,
  response: ServerResponse,
): void {
  const { pathname } = new URL(String(request.url), "http://aws.invalid");
  const key = `${request.headers.host}${pathname}`;
  if (request.method === "PUT") objects.set(key, body);
  if (request.method === "DELETE") objects.delete(key);
  const found = objects.get(key);
  if (request.method !== "GET" || found !== undefined) response.writeHead(200).end(found ?? "");
  else response.writeHead(404, { "content-type": "application/xml" }).end("<Error><Code>NoSuchKey</Code></Error>");
}
