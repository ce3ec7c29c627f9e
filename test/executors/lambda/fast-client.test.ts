import dns from "node:dns";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { ClientSettings } from "../../../src/executors/lambda/client.ts";
import { openFastClient } from "../../../src/executors/lambda/fast-client.ts";
import { selfSigned } from "../../fixtures/self-signed.ts";
import { computeSignature, readSignature, type SignedRequest } from "./sigv4.ts";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const SETTINGS = { region: "eu-central-1", credentials, maxConcurrency: 4, requestTimeoutSeconds: 10 };

type LookupEnd = (error: Error) => void;
type Reply = (request: SignedRequest, response: ServerResponse, socket: Socket) => void;

const accept: Reply = (_request, response) => response.end('"an answer"');

/** A server in the place of the Lambda API that keeps what comes, until the test ends. */
async function serve(reply: Reply = accept, tls?: { key: string; cert: string }) {
  const requests: SignedRequest[] = [];
  const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { method = "", url = "", headers } = incoming;
    const request = { method, url, headers, body: Buffer.concat(chunks) };
    requests.push(request);
    reply(request, response, incoming.socket);
  };
  const server = tls === undefined ? createHttpServer(answer) : createHttpsServer(tls, answer);
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { requests, server, endpoint: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}` };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function connect(settings: Partial<ClientSettings>, target = { FunctionName: "evaluator" }) {
  const client = await openFastClient({ ...SETTINGS, ...settings }, target);
  onTestFinished(() => client.close());
  return client;
}

const textOf = (payload: Uint8Array | undefined) => Buffer.from(payload ?? []).toString();

describe("signatures", () => {
  it.each([
    ["evaluator", undefined, "/2015-03-31/functions/evaluator/invocations"],
    ["evaluator", "$LATEST", "/2015-03-31/functions/evaluator/invocations?Qualifier=%24LATEST"],
    [
      "arn:aws:lambda:eu-central-1:123456789012:function:evaluator",
      "blue",
      "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-central-1%3A123456789012%3Afunction%3Aevaluator/invocations?Qualifier=blue",
    ],
  ])("hold for %s and the qualifier %s", async (FunctionName, Qualifier, url) => {
    const { requests, endpoint } = await serve();
    const target = { FunctionName, ...(Qualifier === undefined ? {} : { Qualifier }) };
    const client = await connect({ endpoint }, target);
    expect(textOf((await client.invoke('{"x":"größer"}', undefined)).Payload)).toBe('"an answer"');
    const [request] = requests;
    expect(request).toMatchObject({ method: "POST", url, headers: { "x-amz-log-type": "Tail" } });
    expect(request.body.toString()).toBe('{"x":"größer"}');
    const { signature, signedHeaders, ...rest } = readSignature(request);
    expect(rest).toEqual({ accessKeyId: credentials.accessKeyId, region: "eu-central-1", service: "lambda" });
    expect(signedHeaders).toEqual(expect.arrayContaining(["host", "x-amz-date", "x-amz-log-type"]));
    expect(signature).toBe(computeSignature(request, credentials.secretAccessKey));
  });

  it("hold for a session token and a path before Lambda's", async () => {
    const { requests, endpoint } = await serve();
    const client = await connect({
      endpoint: `${endpoint}/lambda`,
      credentials: { ...credentials, sessionToken: "a token" },
    });
    await client.invoke("{}", undefined);
    const [request] = requests;
    expect(request.url).toBe("/lambda/2015-03-31/functions/evaluator/invocations");
    expect(request.headers["x-amz-security-token"]).toBe("a token");
    const { signature, signedHeaders } = readSignature(request);
    expect(signedHeaders).toContain("x-amz-security-token");
    expect(signature).toBe(computeSignature(request, credentials.secretAccessKey));
  });

  it("follow credentials that change", async () => {
    const { requests, endpoint } = await serve();
    const secrets: string[] = [];
    const client = await connect({
      endpoint,
      // The SDK asks again for what expires within five minutes.
      credentials: async () => {
        secrets.push(`secret ${secrets.length}`);
        const secretAccessKey = secrets[secrets.length - 1];
        return { accessKeyId: `KEY${secrets.length - 1}`, secretAccessKey, expiration: new Date(Date.now() + 60_000) };
      },
    });
    await client.invoke("{}", undefined);
    await client.invoke("{}", undefined);
    const signatures = requests.map(readSignature);
    expect(signatures[0].accessKeyId).not.toBe(signatures[1].accessKeyId);
    for (const [i, { accessKeyId, signature }] of signatures.entries())
      expect(signature).toBe(computeSignature(requests[i], secrets[Number(accessKeyId.slice("KEY".length))]));
  });

  it("are made anew when credentials could not be had, and now can", async () => {
    const { requests, endpoint } = await serve();
    const signIn = Object.assign(new Error("sign in again"), { name: "CredentialsProviderError" });
    let asked = 0;
    const client = await connect({
      endpoint,
      credentials: async () => {
        asked += 1;
        if (asked === 1) throw signIn;
        return credentials;
      },
    });
    await expect(client.invoke("{}", undefined)).rejects.toBe(signIn);
    await client.invoke("{}", undefined);
    expect(requests).toHaveLength(1);
  });

  it("are dated by the service's clock once it refused this machine's", async () => {
    const hour = 3_600_000;
    const { requests, endpoint } = await serve((request, response) => {
      const now = Date.now() + hour;
      response.setHeader("date", new Date(now).toUTCString());
      if (Math.abs(timeOf(request) - now) < 300_000) return response.end('"an answer"');
      response.writeHead(403, { "x-amzn-errortype": "InvalidSignatureException" });
      return response.end('{"message":"Signature expired: … is now earlier than …"}');
    });
    const client = await connect({ endpoint });
    await expect(client.invoke("{}", undefined)).rejects.toThrow("Signature expired");
    expect(textOf((await client.invoke("{}", undefined)).Payload)).toBe('"an answer"');
    expect(readSignature(requests[1]).signature).toBe(computeSignature(requests[1], credentials.secretAccessKey));
  });
});

/** The x-amz-date of a request, e.g. 20150830T123600Z. */
function timeOf({ headers }: SignedRequest): number {
  const digits = String(headers["x-amz-date"]).replace(/\D/g, "");
  const [, year, month, day, hour, minute, second] = /(....)(..)(..)(..)(..)(..)/.exec(digits) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

describe("what the environment says", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("is the SDK's: region and endpoint", async () => {
    const { requests, endpoint } = await serve();
    vi.stubEnv("AWS_REGION", "ap-southeast-2");
    vi.stubEnv("AWS_ENDPOINT_URL_LAMBDA", endpoint);
    const client = await connect({ region: undefined });
    await client.invoke("{}", undefined);
    expect(readSignature(requests[0]).region).toBe("ap-southeast-2");
    expect(await client.region()).toBe("ap-southeast-2");
  });

  // Hosts from AWS's list of endpoints ("AWS Lambda endpoints and quotas", AWS General Reference).
  it.each([
    ["AWS_USE_FIPS_ENDPOINT", "lambda-fips.us-east-1.amazonaws.com"],
    ["AWS_USE_DUALSTACK_ENDPOINT", "lambda.us-east-1.api.aws"],
    ["NOTHING", "lambda.us-east-1.amazonaws.com"],
  ])("is the SDK's: %s", async (name, host) => {
    vi.stubEnv(name, "true");
    const lookup = vi
      .spyOn(dns, "lookup")
      .mockImplementation(((hostname: string, _options: object, callback: LookupEnd) =>
        callback(
          Object.assign(new Error(hostname), { code: "ENOTFOUND", syscall: "getaddrinfo" }),
        )) as typeof dns.lookup);
    onTestFinished(() => lookup.mockRestore());
    const client = await connect({ region: "us-east-1" });
    await expect(client.invoke("{}", undefined)).rejects.toMatchObject({ message: host, syscall: "getaddrinfo" });
  });

  it("is the SDK's: a role that is assumed by a web identity, with a request of its own", async () => {
    const { requests, endpoint } = await serve();
    const sts = await serve((_request, response) => {
      response.setHeader("content-type", "text/xml");
      response.end(
        `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
          <Credentials><AccessKeyId>ASSUMED</AccessKeyId><SecretAccessKey>its secret</SecretAccessKey><SessionToken>its token</SessionToken>
          <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
      );
    });
    const folder = mkdtempSync(join(tmpdir(), "fanopt-token-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "token"), "a web identity token");
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"]) vi.stubEnv(name, undefined);
    vi.stubEnv("AWS_CONFIG_FILE", join(folder, "none"));
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(folder, "none"));
    vi.stubEnv("AWS_ENDPOINT_URL_STS", sts.endpoint);
    vi.stubEnv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/driver");
    vi.stubEnv("AWS_WEB_IDENTITY_TOKEN_FILE", join(folder, "token"));
    const client = await connect({ endpoint, credentials: undefined });
    await client.invoke("{}", undefined);
    await client.invoke("{}", undefined);
    expect(sts.requests).toHaveLength(1);
    for (const request of requests) {
      const { accessKeyId, signature } = readSignature(request);
      expect(accessKeyId).toBe("ASSUMED");
      expect(request.headers["x-amz-security-token"]).toBe("its token");
      expect(signature).toBe(computeSignature(request, "its secret"));
    }
  });
});

describe("connections", () => {
  it("are kept, and as many as are allowed", async () => {
    const held: ServerResponse[] = [];
    const { requests, server, endpoint } = await serve((_request, response) => held.push(response));
    let connections = 0;
    server.on("connection", () => {
      connections += 1;
    });
    const client = await connect({ endpoint, maxConcurrency: 2 });
    const invocations = [1, 2, 3, 4].map(() => client.invoke("{}", undefined));
    await vi.waitFor(() => expect(held).toHaveLength(2));
    for (let answered = 0; answered < 4; answered++) {
      await vi.waitFor(() => expect(held.length).toBeGreaterThan(answered));
      held[answered].end("1");
    }
    await Promise.all(invocations);
    expect(requests).toHaveLength(4);
    expect(connections).toBe(2);
  });

  it("are made to a server that was not there before", async () => {
    const { server, endpoint } = await serve();
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    const client = await connect({ endpoint });
    for (let i = 0; i < 8; i++)
      await expect(client.invoke("{}", undefined)).rejects.toMatchObject({ code: "ECONNREFUSED", syscall: "connect" });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    expect(textOf((await client.invoke("{}", undefined)).Payload)).toBe('"an answer"');
  });

  it("are TLS where the endpoint is, by the certificates that Node trusts", async () => {
    const tls = selfSigned();
    const { requests, endpoint } = await serve(accept, tls);
    const untrusting = await connect({ endpoint });
    await expect(untrusting.invoke("{}", undefined)).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    const before = getCACertificates("default");
    onTestFinished(() => setDefaultCACertificates(before));
    setDefaultCACertificates([...before, tls.cert]);
    const client = await connect({ endpoint });
    expect(textOf((await client.invoke("{}", undefined)).Payload)).toBe('"an answer"');
    expect(requests).toHaveLength(1);
    expect(readSignature(requests[0]).signature).toBe(computeSignature(requests[0], credentials.secretAccessKey));
  });

  it("carry 6 MB there and back", async () => {
    const { requests, endpoint } = await serve(({ body }, response) => response.end(body));
    const client = await connect({ endpoint });
    const payload = JSON.stringify("é".repeat(3 * 1024 * 1024 - 1));
    expect(textOf((await client.invoke(payload, undefined)).Payload)).toBe(payload);
    expect(requests[0].body.length).toBe(6 * 1024 * 1024);
  });

  it("that break are not used to send a request again", async () => {
    const { requests, endpoint } = await serve((_request, response, socket) => {
      if (requests.length > 1) socket.destroy();
      else response.end("1");
    });
    const client = await connect({ endpoint, maxConcurrency: 1 });
    await client.invoke("{}", undefined);
    await expect(client.invoke("{}", undefined)).rejects.toMatchObject({ name: "TimeoutError", code: "ECONNRESET" });
    await client.invoke("{}", undefined).catch(() => {});
    expect(requests).toHaveLength(3);
  });

  it("that the server closed while they were idle are noticed", async () => {
    const sockets: Socket[] = [];
    const { requests, endpoint } = await serve((_request, response, socket) => {
      sockets.push(socket);
      response.end("1");
    });
    const client = await connect({ endpoint, maxConcurrency: 1 });
    await client.invoke("{}", undefined);
    sockets[0].end();
    await once(sockets[0], "close");
    await client.invoke("{}", undefined);
    expect(requests).toHaveLength(2);
  });

  it("that are silent for too long are given up, as by the SDK", async () => {
    const { endpoint } = await serve(() => {});
    const client = await connect({ endpoint, requestTimeoutSeconds: 0.05 });
    await expect(client.invoke("{}", undefined)).rejects.toMatchObject({ name: "TimeoutError", code: "ETIMEDOUT" });
  });
});

describe("a signal", () => {
  it("ends an invocation at once, and its connection", async () => {
    const sockets: Socket[] = [];
    const { endpoint } = await serve((_request, _response, socket) => sockets.push(socket));
    const client = await connect({ endpoint });
    const abort = new AbortController();
    const invocation = client.invoke("{}", abort.signal);
    await vi.waitFor(() => expect(sockets).toHaveLength(1));
    abort.abort(new Error("enough"));
    await expect(invocation).rejects.toMatchObject({ name: "AbortError", cause: new Error("enough") });
    if (!sockets[0].destroyed) await once(sockets[0], "close");
  });

  it("keeps what waits for a connection from being sent", async () => {
    const held: ServerResponse[] = [];
    const { requests, endpoint } = await serve((_request, response) => held.push(response));
    const client = await connect({ endpoint, maxConcurrency: 1 });
    const first = client.invoke('"first"', undefined);
    await vi.waitFor(() => expect(held).toHaveLength(1));
    const abort = new AbortController();
    const second = client.invoke('"second"', abort.signal);
    const third = client.invoke('"third"', undefined);
    abort.abort();
    await expect(second).rejects.toMatchObject({ name: "AbortError" });
    held[0].end("1");
    await first;
    await vi.waitFor(() => expect(held).toHaveLength(2));
    held[1].end("3");
    expect(textOf((await third).Payload)).toBe("3");
    expect(requests.map(({ body }) => body.toString())).toEqual(['"first"', '"third"']);
  });

  it("that fired before sends nothing", async () => {
    const { requests, endpoint } = await serve();
    const client = await connect({ endpoint });
    await expect(client.invoke("{}", AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
    expect(requests).toHaveLength(0);
  });
});

it("ends what is under way when it is closed", async () => {
  const { requests, endpoint } = await serve(() => {});
  const client = await connect({ endpoint });
  const invocation = client.invoke("{}", undefined);
  invocation.catch(() => {});
  await vi.waitFor(() => expect(requests).toHaveLength(1));
  await client.close();
  await expect(invocation).rejects.toThrow();
});
