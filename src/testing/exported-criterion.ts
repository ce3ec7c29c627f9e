/** The module of a check that is about criteria in modules of their own. */
export function scaledPower(x: number, exponent: number, [scale]: Float64Array): number {
  return scale * x ** exponent;
}
