const thousands = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/**
 * A number for people: `digits` significant digits, trailing zeros dropped, scientific outside 1e-4 … 1e9.
 * `1234.5678` → `"1234.57"`, `1e-7` → `"1e-7"`. NaN and infinities are spelled out.
 *
 * @param digits significant digits, 1 to 17. @default 6
 */
export function formatNumber(value: number, digits = 6): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return "0";
  const [mantissa, exponentText] = value.toExponential(digits - 1).split("e");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 9) return `${dropTrailingZeros(mantissa)}e${exponent}`;
  return dropTrailingZeros(value.toFixed(Math.max(0, digits - 1 - exponent)));
}

/**
 * Two numbers with as many digits as it takes to tell them apart, at least `digits`.
 * Equal numbers come out equal.
 */
export function formatDistinct(a: number, b: number, digits = 6): [string, string] {
  for (let more = digits; more < 17; more++) {
    const texts: [string, string] = [formatNumber(a, more), formatNumber(b, more)];
    if (texts[0] !== texts[1] || a === b) return texts;
  }
  return [formatNumber(a, 17), formatNumber(b, 17)];
}

/** Milliseconds for people: `"0.25 ms"`, `"840 ms"`, `"4.2 s"`, `"3 min 20 s"`, `"2 h 05 min"`, `"3 d 4 h"`. */
export function formatDuration(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return "unknown time";
  if (milliseconds < 0) return `-${formatDuration(-milliseconds)}`;
  if (milliseconds === 0) return "0 ms";
  if (milliseconds < 9.95) return `${formatNumber(milliseconds, 2)} ms`;
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/**
 * A count with thousands separated, and its noun: `formatCount(1, "point")` → `"1 point"`, `formatCount(12345, "point")`
 * → `"12,345 points"`.
 *
 * @param noun in the singular; none by default. @param plural @default the noun and "s"
 */
export function formatCount(count: number, noun?: string, plural = `${noun}s`): string {
  const number = thousands.format(count);
  if (noun === undefined) return number;
  return `${number} ${count === 1 ? noun : plural}`;
}

/** Bytes for people, in powers of 1000: `"512 B"`, `"4.6 MB"`. */
export function formatBytes(bytes: number): string {
  const units = ["kB", "MB", "GB", "TB", "PB"];
  if (Math.abs(bytes) < 999.5) return `${Math.round(bytes)} B`;
  let value = bytes;
  let unit = "B";
  for (const next of units) {
    if (Math.abs(value) < 999.5) break;
    value /= 1000;
    unit = next;
  }
  return `${Math.abs(value) < 9.95 ? formatNumber(value, 2) : Math.round(value)} ${unit}`;
}

/**
 * US dollars for people: cents from ten cents on, hundredths of a cent from one cent on, two significant digits below, never an
 * exponent: `"$1,234.50"`, `"$0.41"`, `"$0.0123"`, `"$0.000042"`.
 */
export function formatDollars(dollars: number): string {
  if (!Number.isFinite(dollars)) return "an unknown amount";
  if (dollars < 0) return `-${formatDollars(-dollars)}`;
  if (dollars === 0) return "$0";
  if (dollars < 1e-9) return "less than $0.000000001";
  const decimals = dollars >= 0.1 ? 2 : dollars >= 0.01 ? 4 : 1 - Math.floor(Math.log10(dollars));
  return `$${dollars.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: decimals })}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

function dropTrailingZeros(decimal: string): string {
  return decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal;
}
