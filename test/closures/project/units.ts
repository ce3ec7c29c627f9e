export const secondsPerDay = 86_400;

export function days(count: number): number {
  return count * secondsPerDay;
}
