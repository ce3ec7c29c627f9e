/** Processes that are to be gone when this one is: those in an endless loop do not notice that it has ended. */
const pids = new Set<number>();

/** Until the function that it returns is called, `process.exit()` here kills the process as well. */
export function endWithDriver(pid: number): () => void {
  if (pids.size === 0) process.on("exit", killAll);
  pids.add(pid);
  return () => {
    if (pids.delete(pid) && pids.size === 0) process.off("exit", killAll);
  };
}

function killAll(): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Gone already.
    }
  }
}
