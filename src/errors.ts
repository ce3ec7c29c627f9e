/** What every error of fanopt carries: a stable `code` to branch on, and the standard `cause`. */
export class FanoptError extends Error {
  /** Stable, kebab-case: programs may compare it, messages may change. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** An option, parameter or argument is not what it must be. The message says what was expected, what came, and where. */
export class InvalidInputError extends FanoptError {
  constructor(message: string, options?: ErrorOptions) {
    super("invalid-input", message, options);
  }
}

/** The workers, the network or the store failed, not the criterion. Always thrown, also under `errorHandling: "continue"`. */
export class InfrastructureError extends FanoptError {}

/** The run, batch or task was aborted by the caller's signal; `cause` is the signal's reason. */
export class AbortError extends FanoptError {
  constructor(message: string, options?: ErrorOptions) {
    super("aborted", message, options);
    this.name = "AbortError";
  }
}

/** True for an abort of any origin: ours, a DOMException of the platform, or an SDK's. */
export function isAbortError(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");
}

/** A short rendering of any value for the "received …" part of a message. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(clip(value));
  if (typeof value === "function") return value.name ? `function ${value.name}` : "a function";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "symbol" || typeof value === "number" || value === undefined || value === null)
    return Object.is(value, -0) ? "-0" : String(value);
  if (ArrayBuffer.isView(value) || Array.isArray(value)) {
    const length = (value as ArrayLike<unknown>).length;
    const head = Array.from(value as ArrayLike<unknown>)
      .slice(0, 4)
      .map(show)
      .join(", ");
    const kind = Array.isArray(value) ? "" : `${value.constructor.name} `;
    return `${kind}[${head}${length > 4 ? `, … ${length} in all` : ""}]`;
  }
  if (value instanceof Error) return `${value.name}: ${clip(value.message)}`;
  if (value instanceof Promise) return "a Promise";
  const name = Object.getPrototypeOf(value)?.constructor?.name;
  if (name && name !== "Object") return `an instance of ${name}`;
  try {
    return clip(JSON.stringify(value));
  } catch {
    return "an object";
  }
}

function clip(text: string, length = 120): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
