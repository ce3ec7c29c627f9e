/** Probabilities by their ratios to one of them: whatever the ratios, they are not negative and sum to one. */

/** Ratios to the probability at `reference`, which is positive. */
export function probabilityToInternal(probabilities: Float64Array, reference: number): Float64Array {
  return probabilities.map((value) => value / probabilities[reference]);
}

export function probabilityFromInternal(ratios: Float64Array): Float64Array {
  const sum = ratios.reduce((total, one) => total + one, 0);
  return ratios.map((one) => one / sum);
}

/** ∂p/∂r for p = r / Σr, row-major, square: ∂pᵢ/∂rⱼ = ([i = j] − pᵢ) / Σr. */
export function probabilityDerivative(ratios: Float64Array): Float64Array {
  const size = ratios.length;
  const sum = ratios.reduce((total, one) => total + one, 0);
  const derivative = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) derivative[i * size + j] = ((i === j ? 1 : 0) - ratios[i] / sum) / sum;
  return derivative;
}
