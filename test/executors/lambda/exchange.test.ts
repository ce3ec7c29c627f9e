import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { type Dispatcher, Pool } from "undici";
import { expect, it, onTestFinished } from "vitest";
import { exchange } from "../../../src/executors/lambda/exchange.ts";
import { knownNotToHaveRun } from "../../../src/executors/lambda/retry.ts";

const request = { method: "POST", path: "/", body: "{}" } as const;

/** A controller as undici gives one for each time that a request is put on a connection. */
function attempt(handler: Dispatcher.DispatchHandler): string | undefined {
  let aborted: string | undefined;
  const controller: Dispatcher.DispatchController = {
    aborted: false,
    paused: false,
    reason: null,
    abort(reason) {
      aborted = reason.message;
      handler.onResponseError?.(controller, reason);
    },
    pause() {},
    resume() {},
  };
  handler.onRequestStart?.(controller, {});
  return aborted;
}

it("is not put on a second connection, and may have run", async () => {
  const attempts: (string | undefined)[] = [];
  const answer = exchange(
    {
      dispatch(_request, handler) {
        attempts.push(attempt(handler), attempt(handler));
        return true;
      },
    },
    request,
    undefined,
  );
  const error = await answer.catch((reason: unknown) => reason);
  expect(attempts).toEqual([undefined, "the connection was lost."]);
  expect(error).toMatchObject({ name: "TimeoutError", code: "ECONNRESET" });
  expect(knownNotToHaveRun(error)).toBeNull();
});

it("is not sent when it was aborted while it waited for a connection", async () => {
  const abort = new AbortController();
  const waiting: Dispatcher.DispatchHandler[] = [];
  const answer = exchange(
    {
      dispatch(_request, handler) {
        waiting.push(handler);
        return false;
      },
    },
    request,
    abort.signal,
  );
  abort.abort();
  await expect(answer).rejects.toMatchObject({ name: "AbortError" });
  expect(attempt(waiting[0])).toMatch(/aborted before it was sent/);
});

it("has not run when no connection was made in time", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  // It waits for a handshake that does not come.
  const pool = new Pool(`https://127.0.0.1:${(server.address() as AddressInfo).port}`, { connect: { timeout: 20 } });
  onTestFinished(async () => {
    await pool.destroy();
    server.close();
  });
  const error = await exchange(pool, request, undefined).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: "TimeoutError", code: "ETIMEDOUT", cause: { code: "UND_ERR_CONNECT_TIMEOUT" } });
  expect(knownNotToHaveRun(error)).toBe("not-connected");
});
