import { InvalidInputError, show } from "../errors.ts";
import { rejectUnknownKeys } from "../suggest.ts";
import { asNewClosure, carryPortable, isClosure } from "../transport/portable.ts";
import type { BatchEvaluatorOptions } from "./types.ts";

const KNOWN = ["nWorkers", "errorHandling", "unpack", "signal", "onSettled", "onUsage"];

export interface CheckedBatch<A, R> {
  /** Takes one argument, whatever `unpack` said; can travel if `fun` can. */
  readonly call: (arg: A) => R | Promise<R>;
  readonly args: readonly A[];
  readonly raise: boolean;
  readonly signal: AbortSignal | undefined;
  readonly onSettled: BatchEvaluatorOptions<Awaited<R>>["onSettled"];
  readonly onUsage: BatchEvaluatorOptions["onUsage"];
}

/** Checks every argument of a batch evaluator. Throws TypeError where `fun` or `args` is no function or array, else InvalidInputError. */
export function checkBatch<A, R>(
  where: string,
  fun: (arg: A) => R | Promise<R>,
  args: readonly A[],
  options: BatchEvaluatorOptions<Awaited<R>> = {},
): CheckedBatch<A, R> {
  if (typeof fun !== "function") throw new TypeError(`${where}: fun must be a function, received ${show(fun)}.`);
  if (!Array.isArray(args))
    throw new TypeError(`${where}: args must be an array of arguments, received ${show(args)}.`);
  if (options === null || typeof options !== "object")
    throw new InvalidInputError(`${where}: options must be an object, received ${show(options)}.`);
  rejectUnknownKeys(options, KNOWN, where);
  const { nWorkers, errorHandling = "raise", unpack, signal, onSettled, onUsage } = options;
  const fail = (name: string, expected: string, received: unknown): never => {
    throw new InvalidInputError(`${where}: ${name} must be ${expected}, received ${show(received)}.`);
  };
  if (nWorkers !== undefined && !(Number.isInteger(nWorkers) && nWorkers > 0))
    fail("nWorkers", "a positive integer", nWorkers);
  if (errorHandling !== "raise" && errorHandling !== "continue")
    fail("errorHandling", '"raise" or "continue"', errorHandling);
  if (unpack !== undefined && unpack !== "spread") fail("unpack", '"spread" or absent', unpack);
  if (signal !== undefined && !(signal instanceof AbortSignal)) fail("signal", "an AbortSignal", signal);
  if (onSettled !== undefined && typeof onSettled !== "function") fail("onSettled", "a function", onSettled);
  if (onUsage !== undefined && typeof onUsage !== "function") fail("onUsage", "a function", onUsage);
  if (unpack === "spread") {
    const index = args.findIndex((arg) => !Array.isArray(arg));
    if (index >= 0) fail(`args[${index}]`, 'an array of arguments under unpack: "spread"', args[index]);
  }
  // What a closure has captured may be another with each batch.
  const call = unpack === "spread" ? spread(fun) : asNewClosure(fun);
  // A copy: the caller may go on to change the array, and holes are arguments too.
  return { call, args: Array.from(args), raise: errorHandling === "raise", signal, onSettled, onUsage };
}

/** One wrapper for a function, however many batches: executors tell by identity what they have sent already. */
const spreads = new WeakMap<object, unknown>();

function spread<A, R>(fun: (arg: A) => R | Promise<R>): (arg: A) => R | Promise<R> {
  const known = spreads.get(fun) as ((arg: A) => R | Promise<R>) | undefined;
  if (known !== undefined) return known;
  const call = (arg: A) => (fun as (...list: unknown[]) => R | Promise<R>)(...(arg as unknown[]));
  const wrapper = carryPortable(fun, call, { unpack: "spread" });
  if (!isClosure(fun)) spreads.set(fun, wrapper);
  return wrapper;
}
