import { displayName, finalLine, progressParts } from "./progress-text.ts";
import { oneLine } from "./text-layout.ts";
import type { ProgressReporter, ProgressState } from "./types.ts";

const gapsMs = [1000, 2000, 4000, 8000, 15_000, 30_000];
/** With nothing new, a line now and then still shows that the run is alive: CI ends jobs that are silent for ten minutes. */
const silenceMs = 300_000;
const tickMs = 500;

/** Plain lines for logs: the first after a second, then ever further apart, up to 30 s; a last one always. */
export function createPlainLines(stream: { write(text: string): unknown }): ProgressReporter {
  let state: ProgressState | null = null;
  let updatedAt = 0;
  let writtenAt = 0;
  let changed = false;
  let nWritten = 0;
  let timer: NodeJS.Timeout | null = null;
  let finished = false;

  const writeIfDue = (): void => {
    const now = performance.now();
    const gap = changed ? gapsMs[Math.min(nWritten, gapsMs.length - 1)] : silenceMs;
    if (state === null || now - writtenAt < gap) return;
    const [name, ...rest] = progressParts(state, state.elapsedMs + now - updatedAt);
    stream.write(`${name.text}: ${rest.map((part) => part.text).join(", ")}\n`);
    writtenAt = now;
    changed = false;
    nWritten++;
  };

  return {
    update(next) {
      if (finished) return;
      changed ||= state === null || differs(state, next);
      state = next;
      updatedAt = performance.now();
      if (timer === null) {
        writtenAt = updatedAt;
        timer = setInterval(writeIfDue, tickMs).unref();
      }
      writeIfDue();
    },
    note(message) {
      stream.write(`${state === null ? "" : `${displayName(state)}: `}${oneLine(message)}\n`);
    },
    finish(last, outcome) {
      if (finished) return;
      finished = true;
      if (timer !== null) clearInterval(timer);
      stream.write(`${finalLine(last, outcome)}\n`);
    },
  };
}

/** Whether more than the clock moved. */
function differs(a: ProgressState, b: ProgressState): boolean {
  return (
    a.bestFun !== b.bestFun ||
    a.nRounds !== b.nRounds ||
    a.nPoints !== b.nPoints ||
    a.nInFlight !== b.nInFlight ||
    a.nFailed !== b.nFailed
  );
}
