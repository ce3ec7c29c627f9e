/** A criterion of any tree of parameters, with its derivative: closures with captured data, which travel. */

/** Numbers of a tree in their order, read without anything of what is under test. */
export function numbersIn(tree: unknown): number[] {
  if (typeof tree === "number") return [tree];
  if (tree instanceof Float64Array) return Array.from(tree);
  return (tree instanceof Map ? [...tree.values()] : Object.values(tree as object)).flatMap(numbersIn);
}

export interface TreeCriterion {
  readonly terms: (params: unknown) => Float64Array;
  /** Row-major, data.length × n. */
  readonly jacobian: (params: unknown) => Float64Array;
  readonly sum: (params: unknown) => number;
  readonly gradient: (params: unknown) => number[];
}

/**
 * Terms sin(d v_a) + v_b² / (1 + d²) − d, one for each number d of the data, of two parameters each; and their sum.
 *
 * @param limit where the first parameter is above it, the criterion throws.
 */
export function treeCriterion(data: Float64Array, limit: number): TreeCriterion {
  const terms = (params: unknown) => {
    const v = numbersIn(params);
    if (v[0] > limit) throw new RangeError(`the first parameter must be at most ${limit}, received ${v[0]}`);
    return data.map((d, i) => Math.sin(d * v[i % v.length]) + v[(i + 1) % v.length] ** 2 / (1 + d * d) - d);
  };
  const jacobian = (params: unknown) => {
    const v = numbersIn(params);
    const n = v.length;
    const rows = new Float64Array(data.length * n);
    for (const [i, d] of data.entries()) {
      rows[i * n + (i % n)] += d * Math.cos(d * v[i % n]);
      rows[i * n + ((i + 1) % n)] += (2 * v[(i + 1) % n]) / (1 + d * d);
    }
    return rows;
  };
  const sum = (params: unknown) => terms(params).reduce((total, term) => total + term, 0);
  const gradient = (params: unknown) => {
    const rows = jacobian(params);
    const n = rows.length / data.length;
    return Array.from({ length: n }, (_, j) => data.reduce((total, _d, i) => total + rows[i * n + j], 0));
  };
  return { terms, jacobian, sum, gradient };
}
