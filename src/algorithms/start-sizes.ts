/** Magnitude of each parameter, from its start; of those that start at zero the median of the others, or 1: what steps and tolerances are relative to. */
export function startSizes(x0: Float64Array): Float64Array {
  const sizes = x0
    .map(Math.abs)
    .filter((size) => size > 0)
    .sort();
  const typical = sizes.length > 0 ? sizes[sizes.length >> 1] : 1;
  return x0.map((value) => Math.abs(value) || typical);
}
