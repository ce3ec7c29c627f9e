/** Exponential decay, level · exp(−rate · t), less what was observed. */
export function residuals({ level, rate }, times, observed) {
  return times.map((time, i) => level * Math.exp(-rate * time) - observed[i]);
}
