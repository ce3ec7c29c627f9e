import { formatCount, formatDollars, formatDuration, formatNumber } from "./format.ts";
import { clipToWidth, oneLine } from "./text-layout.ts";
import type { ProgressState } from "./types.ts";

/** A part of the progress line; a live line colours it by its role. */
export interface ProgressPart {
  readonly role: "name" | "best" | "plain" | "failed";
  readonly text: string;
}

/** The run's name, or its algorithm when it has none, short enough to leave room for the figures. */
export function displayName(state: ProgressState): string {
  return clipToWidth(oneLine(state.runName) || state.algorithm, 32);
}

/** Where the run stands, part by part, the most telling first: a narrow terminal cuts the rest. */
export function progressParts(state: ProgressState, elapsedMs: number): ProgressPart[] {
  const parts: ProgressPart[] = [
    { role: "name", text: displayName(state) },
    { role: "best", text: bestOf(state) },
    { role: "plain", text: formatCount(state.nRounds, "round") },
    { role: "plain", text: formatCount(state.nPoints, "point") },
  ];
  if (state.nInFlight > 0) parts.push({ role: "plain", text: `${formatCount(state.nInFlight)} in flight` });
  if (state.nFailed > 0) parts.push({ role: "failed", text: `${formatCount(state.nFailed)} failed` });
  const { cost = 0, throttles = 0, duplicates = 0 } = state.usage ?? {};
  if (throttles > 0) parts.push({ role: "plain", text: `${formatCount(throttles)} throttled` });
  if (duplicates > 0) parts.push({ role: "plain", text: `${formatCount(duplicates)} repeated` });
  if (cost > 0) parts.push({ role: "plain", text: formatDollars(cost) });
  parts.push({ role: "plain", text: formatDuration(wholeSteps(elapsedMs)) });
  return parts;
}

function bestOf({ bestFun, leastViolation }: ProgressState): string {
  if (bestFun !== null) return `best ${formatNumber(bestFun)}`;
  if (leastViolation === null) return "no value yet";
  return `not feasible yet: constraints violated by ${formatNumber(leastViolation)} at least`;
}

/** The last line: how it ended, where it stands, and what the algorithm or driver said. */
export function finalLine(
  state: ProgressState,
  outcome: { readonly success: boolean; readonly message: string },
): string {
  const [name, ...rest] = progressParts({ ...state, nInFlight: 0 }, state.elapsedMs);
  const end = outcome.success ? "finished" : "ended without success";
  const message = oneLine(outcome.message);
  return `${name.text}: ${end}: ${rest.map((p) => p.text).join(", ")}.${message === "" ? "" : ` ${message}`}`;
}

/** Tenths of a second, so that the clock of a live line does not flicker in the digits nobody reads. */
function wholeSteps(elapsedMs: number): number {
  return elapsedMs < 1000 ? elapsedMs : Math.floor(elapsedMs / 100) * 100;
}
