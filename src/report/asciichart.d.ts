/** The part of asciichart 1.5 that is used here; the package has no types of its own. */
declare module "asciichart" {
  export function plot(
    series: readonly number[],
    config: {
      readonly min: number;
      readonly max: number;
      readonly height: number;
      readonly offset: number;
      readonly format: (value: number) => string;
    },
  ): string;
}
