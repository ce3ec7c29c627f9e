/** What an epidemic looks like, however early or late chance let it start. */
export interface EpidemicMoments {
  /** Largest daily count. */
  readonly peak: number;
  /** Sum of the daily counts: pupil-days in bed. */
  readonly total: number;
  /** Mean day, weighted by the counts; 0 when all are 0. */
  readonly centre: number;
  /** Standard deviation of the day, weighted by the counts, in days; 0 when all are 0. */
  readonly spread: number;
}

/** Moments of daily counts on days 1, 2, … */
export function momentsOf(inBed: ArrayLike<number>): EpidemicMoments {
  let [peak, total, first, second] = [0, 0, 0, 0];
  for (let k = 0; k < inBed.length; k++) {
    const day = k + 1;
    peak = Math.max(peak, inBed[k]);
    total += inBed[k];
    first += day * inBed[k];
    second += day * day * inBed[k];
  }
  if (total === 0) return { peak, total, centre: 0, spread: 0 };
  const centre = first / total;
  return { peak, total, centre, spread: Math.sqrt(Math.max(0, second / total - centre ** 2)) };
}

/** The mean of each moment over epidemics, at least one. */
export function meanMoments(moments: readonly EpidemicMoments[]): EpidemicMoments {
  const mean = (name: keyof EpidemicMoments): number =>
    moments.reduce((sum, epidemic) => sum + epidemic[name], 0) / moments.length;
  return { peak: mean("peak"), total: mean("total"), centre: mean("centre"), spread: mean("spread") };
}
