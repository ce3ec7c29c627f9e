import { formatNumber } from "./format.ts";

/** Where values of one axis are drawn, and which of them are labelled. */
export interface ChartAxis {
  /** 0 at the lower end, 1 at the upper, beyond for values outside. */
  readonly position: (value: number) => number;
  /** The value at a position. */
  readonly value: (position: number) => number;
  /** Round values within the axis, ascending. */
  readonly ticks: readonly number[];
  /** Text of each tick, with the digits that tell it from the next. */
  readonly labels: readonly string[];
}

/** Beyond this an axis would overflow. */
export const largestDrawn = 1e300;

/** A linear axis. `round` extends it to the next ticks, so that they lie at its ends. */
export function linearAxis(low: number, high: number, options: { nTicks: number; round: boolean }): ChartAxis {
  const size = Math.max(Math.abs(low), Math.abs(high));
  // Values that agree to ten digits are drawn as one: ticks between them would need too many.
  const [from, to] =
    high - low <= Math.max(1e-10 * size, 1e-300) ? [low - widen(low), high + widen(high)] : [low, high];
  const step = roundStep((to - from) / Math.max(1, options.nTicks - 1));
  // Steps are counted in whole numbers: adding 0.1 again and again would miss the last tick.
  const first = options.round ? Math.floor(from / step + 1e-9) : Math.ceil(from / step - 1e-9);
  const last = options.round ? Math.ceil(to / step - 1e-9) : Math.floor(to / step + 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(15)));
  const lower = options.round ? first * step : from;
  const upper = options.round ? last * step : to;
  return {
    position: (value) => (value - lower) / (upper - lower),
    value: (position) => lower + position * (upper - lower),
    ticks,
    labels: ticks.map((tick) => formatTick(tick, size / step)),
  };
}

/** A logarithmic axis, extended to 1, 2 or 5 times a power of ten; ticks at all of these, or at every k-th power of ten. */
export function logAxis(low: number, high: number, options: { nTicks: number }): ChartAxis {
  const firstDecade = Math.floor(Math.log10(low)) - 1;
  const lastDecade = Math.ceil(Math.log10(high)) + 1;
  const decades = Array.from({ length: lastDecade - firstDecade + 1 }, (_, i) => firstDecade + i);
  const round = decades.flatMap((decade) => [1, 2, 5].map((factor) => Number(`${factor}e${decade}`)));
  const lower = round.findLast((value) => value <= low * (1 + 1e-9)) ?? low;
  const upper = round.find((value) => value >= high * (1 - 1e-9) && value > lower) ?? high;
  const within = round.filter((value) => value >= lower && value <= upper);
  const step = Math.ceil((Math.log10(upper) - Math.log10(lower)) / options.nTicks);
  const powers = decades.filter((decade) => decade % step === 0).map((decade) => Number(`1e${decade}`));
  const ticks = within.length <= options.nTicks ? within : powers.filter((value) => value >= lower && value <= upper);
  // Differences of logarithms: the ratio of the ends may overflow.
  const span = Math.log(upper) - Math.log(lower);
  return {
    position: (value) => (Math.log(value) - Math.log(lower)) / span,
    value: (position) => Math.exp(Math.log(lower) + position * span),
    ticks,
    labels: ticks.map((tick) => formatTick(tick, 1)),
  };
}

/** Whether a logarithmic axis shows more: all values positive, the largest at least twenty times the smallest. */
export function logScaleHelps(values: Iterable<number>): boolean {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low > 0 && high / low >= 20;
}

/** The 1, 2 or 5 times a power of ten that is nearest to `step` in ratio. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const ratio = step / power;
  const factor = ratio < Math.SQRT2 ? 1 : ratio < Math.sqrt(10) ? 2 : ratio < Math.sqrt(50) ? 5 : 10;
  return factor * power;
}

function widen(value: number): number {
  return Math.abs(value) < 1e-300 ? 1 : Math.abs(value) / 2;
}

/** Short for people, exact for the tick: as many digits as `ratio`, the size of the values in steps, asks for. */
function formatTick(tick: number, ratio: number): string {
  const digits = Math.min(15, Math.max(4, 1 + Math.ceil(Math.log10(ratio))));
  const [mantissa, exponent] = tick.toExponential(digits - 1).split("e");
  const short = Math.abs(tick) >= 1e6 && digits === 4;
  return short ? `${Number(mantissa)}e${Number(exponent)}` : formatNumber(tick, digits);
}
