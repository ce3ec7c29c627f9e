/** A module that drivers import: it may run on workers. */
export const gravity = 9.81;

export function simulate(x: number, steps = 3): number {
  let y = x;
  for (let i = 0; i < steps; i++) y = damp(y) + gravity;
  return y;
}

function damp(y: number): number {
  return y * 0.5;
}

export const table = { rows: [1, 2, 3], title: "table" };

export function scaledBy(factor: number): (x: number) => number {
  return (x) => damp(x) * factor + gravity;
}

// biome-ignore lint/style/noDefaultExport: a user's module may have one
export default function half(x: number): number {
  return x / 2;
}
