export function shifted(x) {
  return x + 0.125;
}
