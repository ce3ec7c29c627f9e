/** Probabilities by their ratios to one of them: whatever the ratios, they are not negative and sum to one. */

/** Ratios to the probability at `reference`, which is positive. */
export function probabilityToInternal(probabilities: Float64Array, reference: number): Float64Array {
  return probabilities.map((value) => value / probabilities[reference]);
}

export function probabilityFromInternal(ratios: Float64Array): Float64Array {
  // Their sum may be more than there are numbers.
  const largest = ratios.reduce((most, one) => Math.max(most, one), 0);
  const parts = ratios.map((one) => one / largest);
  const sum = parts.reduce((total, one) => total + one, 0);
  return parts.map((one) => one / sum);
}

/** ∂p/∂r for p = r / Σr, row-major, square: ∂pᵢ/∂rⱼ = ([i = j] − pᵢ) / Σr. */
export function probabilityDerivative(ratios: Float64Array): Float64Array {
  const size = ratios.length;
  const probabilities = probabilityFromInternal(ratios);
  const sum = ratios.reduce((total, one) => total + one, 0);
  const derivative = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) derivative[i * size + j] = ((i === j ? 1 : 0) - probabilities[i]) / sum;
  return derivative;
}
