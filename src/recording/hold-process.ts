/** Keeps the process alive until `work` settles: for what a caller awaits, when sockets and timers alone would not. */
export async function holdProcess<T>(work: () => Promise<T>): Promise<T> {
  const hold = setInterval(() => {}, 2 ** 30);
  try {
    return await work();
  } finally {
    clearInterval(hold);
  }
}
