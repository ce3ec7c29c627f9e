/** An enumeration of instances, a table of functions, state that a closure and an export share. */
export class Loss {
  static readonly SQUARE = new Loss("square");
  static readonly CAUCHY = new Loss("cauchy");
  readonly label: string;

  constructor(label: string) {
    this.label = label;
  }
}

export function loss(kind: Loss, r: number): number {
  switch (kind) {
    case Loss.SQUARE:
      return r * r;
    case Loss.CAUCHY:
      return Math.log1p(r * r);
    default:
      return Number.NaN;
  }
}

export const links: Readonly<Record<"identity" | "double", (x: number) => number>> = {
  identity: (x) => x,
  double: (x) => 2 * x,
};

export function isDouble(link: (x: number) => number): boolean {
  return link === links.double;
}

const state = { n: 0 };

export function advance(): void {
  state.n += 1;
}

export const makeReader = () => (x: number) => {
  advance();
  return state.n * x;
};
