/**
 * Probabilities by breaking a stick: each is a share, from 0 to 1, of what those before it have left, and the last is the rest. Whatever the shares,
 * they are not negative and have their sum.
 *
 * Source: Stan Development Team, Stan Reference Manual, section "Unit simplex"; here without its logarithms, so that zeros can be reached.
 */

/**
 * The order in which to break, indices of the smallest first: a share tells nothing where nothing is left, which is so only where all that come later
 * are zero.
 */
export function breakingOrder(probabilities: Float64Array): number[] {
  return Array.from(probabilities.keys()).sort((i, j) => probabilities[i] - probabilities[j]);
}

/** Shares at the places of the probabilities; 0 at that of the last in the order, which has none. */
export function probabilityToInternal(probabilities: Float64Array, order: readonly number[]): Float64Array {
  const shares = new Float64Array(probabilities.length);
  let left = probabilities[order[order.length - 1]];
  for (const i of order.slice(0, -1).reverse()) {
    left += probabilities[i];
    shares[i] = left > 0 ? probabilities[i] / left : 0;
  }
  return shares;
}

/** `total` is their sum: 1, or what fixed probabilities leave of it. */
export function probabilityFromInternal(shares: Float64Array, order: readonly number[], total: number): Float64Array {
  const probabilities = new Float64Array(shares.length);
  const last = order[order.length - 1];
  let left = total;
  for (const i of order) {
    probabilities[i] = i === last ? left : left * shares[i];
    left *= 1 - shares[i];
  }
  return probabilities;
}

/** Outer derivatives ∂f/∂p times ∂p/∂shares: for what is left before share k, ∂pₖ/∂sₖ = left, and all later ones are proportional to 1 − sₖ. */
export function probabilityPullback(
  shares: Float64Array,
  order: readonly number[],
  total: number,
  outer: Float64Array,
): Float64Array {
  const broken = order.slice(0, -1);
  let left = total;
  const lefts = broken.map((i) => {
    const before = left;
    left *= 1 - shares[i];
    return before;
  });
  const inner = new Float64Array(shares.length);
  // Of f with respect to what is left.
  let ofLeft = outer[order[order.length - 1]];
  for (let k = broken.length - 1; k >= 0; k--) {
    const i = broken[k];
    inner[i] = lefts[k] * (outer[i] - ofLeft);
    ofLeft = shares[i] * outer[i] + (1 - shares[i]) * ofLeft;
  }
  return inner;
}
