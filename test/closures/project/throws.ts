export interface Nothing {
  readonly here: string;
}

export function fail(x: number): never {
  throw /*@ thrown by an imported function */ new RangeError(`imported: ${x}`);
}
