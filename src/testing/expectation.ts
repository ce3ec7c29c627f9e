/** What an executor must do, told to its author where it does not. */
import { AssertionError } from "node:assert";
import { inspect, isDeepStrictEqual } from "node:util";

export interface Expectation {
  /** After "An executor must": what it must do. */
  readonly must: string;
  /** In the executor, or in its adapter. */
  readonly lookAt: string;
}

/** Throws an AssertionError for the author of the executor. */
export function expectThat(holds: boolean, expectation: Expectation, received: unknown): asserts holds {
  if (!holds) throw unmet(expectation, received);
}

/** Values and bits: −0 is not 0, typed arrays have their kind. */
export function expectSame(actual: unknown, expected: unknown, { must, lookAt }: Expectation): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new AssertionError({
    message: messageOf({ must, lookAt }, `${shown(actual)}\nwhere this was expected: ${shown(expected)}`),
    actual,
    expected,
  });
}

/** The error with which a promise rejects. */
export async function expectRejection(promise: Promise<unknown>, expectation: Expectation): Promise<Error> {
  let received: unknown;
  try {
    received = await promise;
  } catch (error) {
    expectThat(error instanceof Error, expectation, error);
    return error;
  }
  throw unmet(expectation, `a result, ${shown(received)}`);
}

/** The error for what an executor did instead. An Error that it threw is the cause. */
export function unmet(expectation: Expectation, received: unknown): AssertionError {
  const text = typeof received === "string" ? received : shown(received);
  const error = new AssertionError({ message: messageOf(expectation, text) });
  if (received instanceof Error) error.cause = received;
  return error;
}

function messageOf({ must, lookAt }: Expectation, received: string): string {
  return `An executor must ${must}.\nReceived: ${received}\nLook at ${lookAt}.`;
}

function shown(value: unknown): string {
  return inspect(value, { depth: 4, maxArrayLength: 12, maxStringLength: 2_000, breakLength: 120 });
}
