let count = 0;

export function bump(by: number): number {
  count += by;
  return count;
}

export function read(): number {
  return count;
}
