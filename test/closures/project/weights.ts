/** Changed by the driver, which sends it in a variable. */
export const weights: number[] = [1, 2, 3];
