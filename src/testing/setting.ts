import { InvalidInputError, show } from "../errors.ts";
import { rejectUnknownKeys } from "../suggest.ts";

/** The executor under test, and what it is not made for. */
export interface ConformanceSetting {
  /** URL of the module that makes it, such as `new URL("./executor.ts", import.meta.url)`: some checks make it in programs of their own. */
  readonly module: URL | string;
  /**
   * The module's export: a function without parameters that returns the executor, or a promise of it. Each check makes its own and disposes of it.
   * @default "createExecutor"
   */
  readonly export?: string | undefined;
  /** Workers that the executor has when it is made so: it must evaluate so many points at the same time. @default 2 */
  readonly nWorkers?: number | undefined;
  /**
   * Where criteria run. "none": in the driver itself. Then nothing is checked of what is copied on the way, nor of what cannot be sent. Only with
   * "process" workers are killed by signals.
   * @default "process"
   */
  readonly isolation?: "process" | "thread" | "none" | undefined;
  /**
   * What becomes of a batch when a worker dies under a point. "survives": that point fails and the others do not. "fails-batch": the batch rejects, also
   * for a value that cannot be sent, and the driver lives; nothing is checked of later batches. So it is with `map`. `false`: workers must not die, nothing is checked.
   * @default "survives", `false` where isolation is "none"
   */
  readonly workerDeath?: "survives" | "fails-batch" | false | undefined;
  /** Whether what waits is dropped after an abort and after a failure under "raise". `false`: not checked. @default true */
  readonly cancels?: boolean | undefined;
  /** Whether it has `[Symbol.asyncDispose]`. `false`: nothing is checked of disposal. @default true */
  readonly disposable?: boolean | undefined;
  /**
   * Whether workers see the driver's temporary folder under the same path: that is how checks learn what was started. `false`: how often a point is
   * evaluated, what starts after an abort and what runs during a disposal is not checked.
   * @default true
   */
  readonly sharesFiles?: boolean | undefined;
  /** Points of the large batch. @default 10_000 */
  readonly points?: number | undefined;
  /** Size of the large argument and result. @default 1 */
  readonly largeMB?: number | undefined;
  /**
   * Command that starts a program, its path and arguments following: for programs that must end by themselves.
   * @default [process.execPath]
   */
  readonly command?: readonly string[] | undefined;
  /** Seconds that a check may take, for executors that hang. Give your test runner a longer limit. @default 60 */
  readonly seconds?: number | undefined;
}

/** A setting with every default in place. */
export type Traits = { readonly [K in keyof ConformanceSetting]-?: Exclude<ConformanceSetting[K], undefined> };

const WHERE = "executorConformance";
const KNOWN = [
  "module",
  "export",
  "nWorkers",
  "isolation",
  "workerDeath",
  "cancels",
  "disposable",
  "sharesFiles",
  "points",
  "largeMB",
  "command",
  "seconds",
] as const satisfies ReadonlyArray<keyof ConformanceSetting>;

/** Checks the setting and fills in the defaults; throws InvalidInputError. */
export function traitsOf(setting: ConformanceSetting): Traits {
  if (setting === null || typeof setting !== "object")
    throw new InvalidInputError(`${WHERE}: expected a setting { module, … }, received ${show(setting)}.`);
  rejectUnknownKeys(setting, KNOWN, WHERE);
  const { isolation = "process" } = setting;
  const traits: Traits = {
    module: setting.module,
    export: setting.export ?? "createExecutor",
    nWorkers: setting.nWorkers ?? 2,
    isolation,
    workerDeath: setting.workerDeath ?? (isolation === "none" ? false : "survives"),
    cancels: setting.cancels ?? true,
    disposable: setting.disposable ?? true,
    sharesFiles: setting.sharesFiles ?? true,
    points: setting.points ?? 10_000,
    largeMB: setting.largeMB ?? 1,
    command: setting.command ?? [process.execPath],
    seconds: setting.seconds ?? 60,
  };
  checkModule(traits.module);
  check(typeof traits.export === "string", "export", "the name of an export", traits.export);
  check(isCount(traits.nWorkers), "nWorkers", "a positive integer", traits.nWorkers);
  checkChoice("isolation", isolation, ["process", "thread", "none"]);
  checkChoice("workerDeath", traits.workerDeath, ["survives", "fails-batch", false]);
  for (const name of ["cancels", "disposable", "sharesFiles"] as const)
    check(typeof traits[name] === "boolean", name, "true or false", traits[name]);
  check(isCount(traits.points), "points", "a positive integer", traits.points);
  check(isPositive(traits.largeMB), "largeMB", "a positive, finite number", traits.largeMB);
  check(isCommand(traits.command), "command", "an array of at least one string", traits.command);
  check(isPositive(traits.seconds), "seconds", "a positive, finite number", traits.seconds);
  if (isolation === "none" && traits.workerDeath !== false)
    throw new InvalidInputError(
      `${WHERE}: workerDeath is ${show(traits.workerDeath)}, but with isolation "none" a worker's death is the driver's: use false.`,
    );
  return traits;
}

function checkModule(module: unknown): void {
  const isUrl = module instanceof URL || (typeof module === "string" && URL.canParse(module));
  check(isUrl, "module", 'a URL such as new URL("./executor.ts", import.meta.url)', module);
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) > 0;
}

function isPositive(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) > 0;
}

function isCommand(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === "string");
}

function checkChoice(option: string, value: unknown, choices: readonly unknown[]): void {
  check(choices.includes(value), option, choices.map(show).join(", "), value);
}

function check(fits: boolean, option: string, expected: string, received: unknown): void {
  if (!fits) throw new InvalidInputError(`${WHERE}: ${option} must be ${expected}; received ${show(received)}.`);
}
