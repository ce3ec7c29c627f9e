/**
 * AWS's signature version 4 of a request that came, by the steps of its documentation ("Create a signed AWS API request", IAM User Guide).
 * A second method: nothing of it is the client's.
 */
import { createHash, createHmac } from "node:crypto";

export interface SignedRequest {
  readonly method: string;
  /** Path and query, as they came. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface Signature {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** What the Authorization header says. */
export function readSignature({ headers }: SignedRequest): Signature {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      String(headers.authorization),
    );
  if (match === null) throw new Error(`no signature of version 4: ${headers.authorization}`);
  const [, accessKeyId, region, service, signedHeaders, signature] = match;
  return { accessKeyId, region, service, signedHeaders: signedHeaders.split(";"), signature };
}

/** What the signature must be. */
export function computeSignature(request: SignedRequest, secretAccessKey: string): string {
  const { region, service, signedHeaders } = readSignature(request);
  const [path, query = ""] = request.url.split("?");
  const canonicalRequest = [
    request.method,
    // What came is encoded once; the canonical path of all services but S3 is encoded twice.
    path.split("/").map(encode).join("/"),
    query
      .split("&")
      .map((pair) => (pair === "" || pair.includes("=") ? pair : `${pair}=`))
      .sort()
      .join("&"),
    ...signedHeaders.map((name) => `${name}:${String(request.headers[name]).trim().replace(/ +/g, " ")}`),
    "",
    signedHeaders.join(";"),
    sha256(request.body),
  ].join("\n");
  const time = String(request.headers["x-amz-date"]);
  const date = time.slice(0, 8);
  const scope = `${date}/${region}/${service}/aws4_request`;
  const key = [date, region, service, "aws4_request"].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  return hmac(key, ["AWS4-HMAC-SHA256", time, scope, sha256(canonicalRequest)].join("\n")).toString("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

/** RFC 3986: all but unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
