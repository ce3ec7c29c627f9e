/** Changed by the driver after it was loaded. */
export const settings = { scale: 2, nested: { offset: 1 } };

export let threshold = 10;

export function setThreshold(value: number): void {
  threshold = value;
}

let hidden = 100;

export function setHidden(value: number): void {
  hidden = value;
}

export function getHidden(): number {
  return hidden;
}
