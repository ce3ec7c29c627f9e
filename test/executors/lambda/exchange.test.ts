import type { Dispatcher } from "undici";
import { expect, it } from "vitest";
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
