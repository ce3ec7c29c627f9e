/** Probabilities by their ratios to one of them: whatever the ratios, they are not negative and have their sum. */

/** Ratios to the probability at `reference`, which is positive. */
export function probabilityToInternal(probabilities: Float64Array, reference: number): Float64Array {
  return probabilities.map((value) => value / probabilities[reference]);
}

/** `total` is their sum: 1, or what fixed probabilities leave of it. */
export function probabilityFromInternal(ratios: Float64Array, total: number): Float64Array {
  // Their sum may be more than there are numbers.
  const largest = ratios.reduce((most, one) => Math.max(most, one), 0);
  const parts = ratios.map((one) => one / largest);
  const sum = parts.reduce((all, one) => all + one, 0);
  return parts.map((one) => (one / sum) * total);
}

/** Outer derivatives ∂f/∂p times ∂p/∂r for p = total · r / Σr: ∂pᵢ/∂rⱼ = ([i = j] total − pᵢ) / Σr. */
export function probabilityPullback(ratios: Float64Array, total: number, outer: Float64Array): Float64Array {
  const probabilities = probabilityFromInternal(ratios, total);
  const sum = ratios.reduce((all, one) => all + one, 0);
  const common = probabilities.reduce((all, one, i) => all + one * outer[i], 0);
  return outer.map((one) => (one * total - common) / sum);
}
