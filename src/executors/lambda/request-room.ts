import { AbortError } from "../../errors.ts";

/** So much of artifacts is in the driver's memory at the same time: each invocation keeps its request until it is answered. */
const MAX_CHARACTERS = 256_000_000;

/** Told what gives the waiting up: then it rejects with an AbortError. */
export type OnWait = (giveUp: () => void) => void;

/** The requests of an executor that carry parts of artifacts: as many at the same time as the driver's memory has room for. */
export class RequestRoom {
  #requests = 0;
  #characters = 0;
  /** Each tries again, in order, when an invocation has ended. */
  readonly #waiting = new Set<() => void>();
  #hasWarned = false;

  /** Takes room for a request with so many characters of artifacts, if there is some. A single one has it, whatever its size. */
  take(characters: number): boolean {
    if (characters === 0) return true;
    if (this.#requests > 0 && this.#characters + characters > MAX_CHARACTERS) return false;
    this.#requests += 1;
    this.#characters += characters;
    return true;
  }

  giveBack(characters: number): void {
    if (characters === 0) return;
    this.#requests -= 1;
    this.#characters -= characters;
  }

  /** Comes back when an attempt succeeded: the first one at once, the others as invocations end. */
  async enter(attempt: () => boolean, onWait: OnWait): Promise<void> {
    if (attempt()) return;
    this.#warn();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const again = () => {
      if (!attempt()) return;
      this.#waiting.delete(again);
      resolve();
    };
    this.#waiting.add(again);
    onWait(() => {
      if (this.#waiting.delete(again)) reject(new AbortError("The invocation was dropped before it was sent."));
    });
    await promise;
  }

  /** An invocation has ended: there is room, or a worker that needs to be sent less. */
  onEnd(): void {
    for (const again of this.#waiting) again();
  }

  #warn(): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    process.emitWarning(
      `The criterion is sent to ${this.#requests} workers at the same time, for the driver's memory: others wait until these have ` +
        "answered. With a bucket (fanoptArtifacts in sst.config.ts, or createLambdaExecutor({ artifacts: { bucket } })) none waits.",
      "FanoptWarning",
    );
  }
}
