/** Random problems: trees of parameters, bounds, constraints that the start satisfies and that go together, scaling. */
import fc from "fast-check";
import type { Constraint, Selector } from "../../src/problem/constraints/constraints.ts";
import type { ParamsOptions } from "../../src/problem/free-problem.ts";
import { randomParts } from "./parts.ts";

const FORMS = ["list", "float64", "object", "nested", "map"] as const;
type Form = (typeof FORMS)[number];

/** Values, or bounds, in a container. */
function shaped(form: Form, values: readonly (number | undefined)[]): unknown {
  if (values.length === 1 && form === "object") return values[0];
  if (form === "object")
    return Object.fromEntries(values.map((one, i) => [["beta", "a b", "constructor"][i] ?? `v${i}`, one]));
  if (form === "map") return new Map(values.map((one, i) => [i % 2 === 0 ? i : `v${i}`, one]));
  if (form === "nested") return [values.slice(0, 1), { rest: values.slice(1) }];
  return form === "float64" && values.every((one) => one !== undefined) ? Float64Array.from(values) : [...values];
}

const ROOTS = ["object", "list", "deep"] as const;

/** Parts in a tree; one part alone may be all of it. */
function rooted(root: (typeof ROOTS)[number], parts: readonly unknown[]): unknown {
  if (root === "list") return parts.length === 1 ? parts[0] : parts;
  if (root === "object") return Object.fromEntries(parts.map((part, i) => [`p${i}`, part]));
  return { first: parts[0], others: { below: parts.slice(1) } };
}

function partOf(root: (typeof ROOTS)[number], count: number, i: number): Selector<unknown> {
  if (root === "list") return count === 1 ? (params) => params : (params) => (params as unknown[])[i];
  if (root === "object") return (params) => (params as Record<string, unknown>)[`p${i}`];
  type Deep = { first: unknown; others: { below: unknown[] } };
  return (params) => (i === 0 ? (params as Deep).first : (params as Deep).others.below[i - 1]);
}

/** Of any kinds that a scaling can take: by bounds all free parameters must be in a box. */
export type RandomProblem = Required<Pick<ParamsOptions<unknown>, "params" | "bounds">> & {
  readonly constraints: readonly Constraint<unknown>[];
  readonly scaling: ParamsOptions<unknown>["scaling"];
};

const factors = {
  clippingValue: fc.constantFrom(undefined, 1e-3, 2),
  magnitude: fc.constantFrom(undefined, 0.1, 3, 1e3),
};

/** Problems with a free parameter at least, whose constraints the start satisfies. */
export const randomProblem: fc.Arbitrary<RandomProblem> = fc
  .oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: fc.record({ method: fc.constant("start-values" as const), ...factors }) },
    { weight: 1, arbitrary: fc.record({ method: fc.constant("bounds" as const), ...factors }) },
  )
  .chain((scaling) =>
    fc.record({
      scaling: fc.constant(scaling),
      root: fc.constantFrom(...ROOTS),
      parts: randomParts(scaling?.method === "bounds"),
      forms: fc.array(fc.constantFrom(...FORMS), { minLength: 5, maxLength: 5 }),
    }),
  )
  .map(({ scaling, root, parts, forms }) => {
    const bound = (side: 0 | 1) =>
      rooted(
        root,
        parts.map(({ values, bounds }, k) =>
          shaped(
            forms[k],
            values.map((_, i) => bounds.get(i)?.[side]),
          ),
        ),
      );
    return {
      params: rooted(
        root,
        parts.map(({ values }, k) => shaped(forms[k], values)),
      ),
      bounds: { lower: bound(0), upper: bound(1) } as never,
      constraints: parts.flatMap(({ constraints }, k) => constraints(partOf(root, parts.length, k))),
      scaling,
    };
  });
