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

/**
 * A task cannot be handed to the workers: its function cannot be sent, does not compile, or no function to send it to is known.
 * It concerns every task of the batch and is always thrown, also under `errorHandling: "continue"`.
 */
export class SubmissionError extends InvalidInputError {}

/** The workers, the network or the store failed, not the criterion. Always thrown, also under `errorHandling: "continue"`. */
export class InfrastructureError extends FanoptError {}

/** The run, batch or task was aborted by the caller's signal; `cause` is the signal's reason. */
export class AbortError extends FanoptError {
  constructor(message: string, options?: ErrorOptions) {
    super("aborted", message, options);
    this.name = "AbortError";
  }
}

/** A short rendering of any value for the "received …" part of a message. Never throws, whatever the value's own code does. */
export function show(value: unknown): string {
  try {
    return render(value, 0);
  } catch {
    return "an object that cannot be read";
  }
}

/** Arrays in arrays are shown as deep as this: they may be circular. */
const MAX_DEPTH = 3;

function render(value: unknown, depth: number): string {
  if (typeof value === "string") return JSON.stringify(clip(value));
  if (typeof value === "function") return value.name ? `function ${value.name}` : "a function";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : String(value);
  if (ArrayBuffer.isView(value) || Array.isArray(value)) return renderList(value as ArrayLike<unknown>, depth);
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

function renderList(list: ArrayLike<unknown>, depth: number): string {
  const kind = Array.isArray(list) ? "" : `${list.constructor.name} `;
  if (depth >= MAX_DEPTH && list.length > 0) return `${kind}[…]`;
  const head = Array.from({ length: Math.min(list.length ?? 0, 4) }, (_, i) => render(list[i], depth + 1)).join(", ");
  return `${kind}[${head}${list.length > 4 ? `, … ${list.length} in all` : ""}]`;
}

function clip(text: string, length = 120): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
