import { InvalidInputError, show } from "../../errors.ts";
import { rejectUnknownKeys } from "../../suggest.ts";

/** What AWS charges for Lambda, in US dollars. */
export interface LambdaPrices {
  /** When the prices were so, as an ISO date or the beginning of one. */
  readonly asOf: string;
  /** One invocation. */
  readonly perRequest: number;
  /** One second of one gigabyte (1024 MB) of the function's memory, by its architecture. */
  readonly perGigabyteSecond: { readonly arm64: number; readonly x86_64: number };
}

/**
 * List prices of the first tier in us-east-1, without the free tier, savings plans or taxes. Other regions and large accounts pay otherwise:
 * `createLambdaExecutor({ prices: { ...lambdaPrices, … } })`.
 */
export const lambdaPrices: LambdaPrices = {
  asOf: "2026",
  perRequest: 0.2e-6,
  perGigabyteSecond: { arm64: 0.0000133334, x86_64: 0.0000166667 },
};

/**
 * US dollars for `requests` invocations that are billed for `billedMs` milliseconds together.
 *
 * @param memoryMB the function's memory, in MB
 */
export function costOf(
  billedMs: number,
  memoryMB: number,
  architecture: keyof LambdaPrices["perGigabyteSecond"],
  requests: number,
  prices: LambdaPrices,
): number {
  return requests * prices.perRequest + gigabyteSeconds(billedMs, memoryMB) * prices.perGigabyteSecond[architecture];
}

/** What Lambda bills time in: seconds × gigabytes of 1024 MB. */
export function gigabyteSeconds(billedMs: number, memoryMB: number): number {
  return (billedMs / 1000) * (memoryMB / 1024);
}

/**
 * Holds the option `prices` to a whole table.
 *
 * @param where names the call, e.g. "createLambdaExecutor"
 * @throws InvalidInputError that says what was expected, what came and where.
 */
export function checkPrices(value: unknown, where: string): asserts value is LambdaPrices {
  const table = objectAt(value, `${where}: prices`, ["asOf", "perRequest", "perGigabyteSecond"]);
  if (typeof table.asOf !== "string" || table.asOf === "")
    throw new InvalidInputError(
      `${where}: prices.asOf must be a date such as "2026-03-01", received ${show(table.asOf)}.`,
    );
  checkPrice(table.perRequest, `${where}: prices.perRequest`);
  const name = `${where}: prices.perGigabyteSecond`;
  const rates = objectAt(table.perGigabyteSecond, name, ["arm64", "x86_64"]);
  checkPrice(rates.arm64, `${name}.arm64`);
  checkPrice(rates.x86_64, `${name}.x86_64`);
}

function objectAt(value: unknown, name: string, keys: readonly string[]): Readonly<Record<string, unknown>> {
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw new InvalidInputError(
      `${name} must be an object with ${keys.join(", ")}, received ${show(value)}. Change some of the list prices by { ...lambdaPrices, … }.`,
    );
  rejectUnknownKeys(value, keys, name);
  return value as Readonly<Record<string, unknown>>;
}

function checkPrice(value: unknown, name: string): void {
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0)
    throw new InvalidInputError(`${name} must be US dollars, finite and not negative, received ${show(value)}.`);
}
