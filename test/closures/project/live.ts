export let level = 1;

export function raise(by: number): void {
  level += by;
}
