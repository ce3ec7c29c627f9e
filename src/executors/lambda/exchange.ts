/** One HTTP request and its answer, by undici. */
import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import { AbortError } from "../../errors.ts";
import { CONNECT_TIMEOUT_MS } from "./client.ts";

export interface HttpAnswer {
  readonly statusCode: number;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * Sends a request, once, and reads the whole answer, whatever its status.
 *
 * @throws AbortError; an error in the words of the SDK's own handler when the connection fails.
 */
export function exchange(
  dispatcher: Pick<Dispatcher, "dispatch">,
  request: Dispatcher.DispatchOptions,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let statusCode = 0;
    let headers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    const abort = () => {
      const error = new AbortError("The request was aborted.", { cause: signal?.reason });
      controller?.abort(error);
      reject(error);
    };
    if (signal?.aborted) return abort();
    signal?.addEventListener("abort", abort, { once: true });
    dispatcher.dispatch(request, {
      onRequestStart(given) {
        // undici puts a request on another connection when it knows that it was not sent, and may be wrong some day: it may have run.
        if (controller !== undefined) given.abort(failure("the connection was lost.", "ECONNRESET"));
        // It waited for a connection until now.
        else if (signal?.aborted) given.abort(new AbortError("The request was aborted before it was sent."));
        controller = given;
      },
      onResponseStart(_controller, status, given) {
        statusCode = status;
        headers = given;
      },
      onResponseData(_controller, chunk) {
        chunks.push(chunk);
      },
      onResponseEnd() {
        signal?.removeEventListener("abort", abort);
        resolve({ statusCode, headers, body: chunks.length === 1 ? chunks[0] : Buffer.concat(chunks) });
      },
      onResponseError(_controller, error) {
        signal?.removeEventListener("abort", abort);
        // Its handler's part ends with the head of an answer.
        reject(asOfSdk(error, statusCode === 0 ? "TimeoutError" : "Error"));
      },
    });
  });
}

/** A failed connection as the SDK's handler words it: the rest of the executor knows one kind of them. `name` is of those that broke. */
function asOfSdk(error: Error & { readonly code?: string }, name: string): Error {
  // undici leaves the parser's code out.
  if (error.name === "HTTPParserError")
    return Object.assign(failure(error.message, "HPE_INVALID", error), { name: "Error" });
  switch (error.code) {
    case "UND_ERR_CONNECT_TIMEOUT": {
      const seconds = CONNECT_TIMEOUT_MS / 1000;
      return Object.assign(failure(`no connection within ${seconds} s.`, "ETIMEDOUT", error), { syscall: "connect" });
    }
    case "UND_ERR_HEADERS_TIMEOUT":
    case "UND_ERR_BODY_TIMEOUT":
      return failure("no answer within requestTimeoutSeconds.", "ETIMEDOUT", error);
    case "UND_ERR_SOCKET":
      return Object.assign(failure(`the connection was lost (${error.message}).`, "ECONNRESET", error), { name });
    case "ECONNRESET":
    case "EPIPE":
    case "ETIMEDOUT":
      return Object.assign(error, { name });
    default:
      return error;
  }
}

function failure(message: string, code: string, cause?: Error): Error {
  return Object.assign(new Error(message, { cause }), { name: "TimeoutError", code });
}
