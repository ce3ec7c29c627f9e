import { styleText } from "node:util";
import { finalLine, type ProgressPart, progressParts } from "./progress-text.ts";
import { clipToWidth, displayWidth, oneLine } from "./text-layout.ts";
import type { ProgressReporter, ProgressState } from "./types.ts";

interface LiveStream {
  write(text: string): unknown;
  readonly columns?: number | undefined;
}

const ticks = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const separator = " · ";
const startOfLine = "\r";
const clearToEnd = "\x1b[K";
const shortestRedrawGapMs = 100;
const tickMs = 120;

/**
 * One line that is drawn over and over: it ticks while nothing arrives, also from `update` when the driver is too busy for
 * timers. The cursor is never hidden, so a killed process leaves a usable terminal.
 */
export function createLiveLine(stream: LiveStream, options: { readonly color: boolean }): ProgressReporter {
  let state: ProgressState | null = null;
  let updatedAt = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let nDrawn = 0;
  let timer: NodeJS.Timeout | null = null;
  let finished = false;

  const draw = (): void => {
    const now = performance.now();
    if (state === null || now - drawnAt < shortestRedrawGapMs) return;
    drawnAt = now;
    const width = Math.max(1, (stream.columns || 80) - 1);
    const tick = ticks[nDrawn++ % ticks.length];
    const parts = progressParts(state, state.elapsedMs + now - updatedAt);
    stream.write(startOfLine + renderParts(tick, parts, width, options.color) + clearToEnd);
  };
  const stop = (): void => {
    if (timer !== null) clearInterval(timer);
    timer = null;
  };

  return {
    update(next) {
      if (finished) return;
      state = next;
      updatedAt = performance.now();
      timer ??= setInterval(draw, tickMs).unref();
      draw();
    },
    note(message) {
      stream.write(`${state === null || finished ? "" : startOfLine + clearToEnd}${oneLine(message)}\n`);
      if (!finished) draw();
    },
    finish(last, outcome) {
      if (finished) return;
      finished = true;
      stop();
      stream.write(`${startOfLine}${clearToEnd}${finalLine(last, outcome)}\n`);
    },
  };
}

/** Cut to the width before it is coloured: control sequences take no columns. */
function renderParts(tick: string, parts: readonly ProgressPart[], width: number, color: boolean): string {
  let line = color ? styleText("cyan", tick, { validateStream: false }) : tick;
  let left = width - 1;
  parts.forEach((part, i) => {
    const text = clipToWidth((i === 0 ? " " : separator) + part.text, left);
    left -= displayWidth(text);
    line += color ? paint(part.role, text) : text;
    if (text.endsWith("…")) left = 0;
  });
  return line;
}

function paint(role: ProgressPart["role"], text: string): string {
  if (role === "plain" || text === "") return text;
  const style = { name: "dim", best: "bold", failed: "yellow" } as const;
  return styleText(style[role], text, { validateStream: false });
}
