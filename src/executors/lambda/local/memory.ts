import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";

/** How often the memory of working environments is looked at, in ms. `ps` is a process of its own: less often. */
export const MEMORY_CHECK_MS: number = process.platform === "linux" ? 50 : 500;

/** The most physical memory that process `pid` has had, in MB (Linux; elsewhere undefined, as for a process that is gone). */
export function peakMemoryMB(pid: number): number | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    // VmHWM belongs to the program; getrusage's maxrss would count what the parent had before exec.
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
    return kilobytes === undefined ? undefined : Math.ceil(Number(kilobytes) / 1024);
  } catch {
    return undefined;
  }
}

/** The memory of each process, in MB: its peak on Linux, what it has now on other systems with `ps`, nothing without. */
export function measureMemory(pids: readonly number[], report: (pid: number, megabytes: number) => void): void {
  if (process.platform === "linux") {
    for (const pid of pids) {
      const megabytes = peakMemoryMB(pid);
      if (megabytes !== undefined) report(pid, megabytes);
    }
  } else if (process.platform !== "win32") {
    residentMemory(pids, report);
  }
}

/** What {@link measureMemory} does where there is no /proc: asks `ps`. */
export function residentMemory(pids: readonly number[], report: (pid: number, megabytes: number) => void): void {
  execFile("ps", ["-o", "pid=,rss=", "-p", pids.join(",")], (_error, output) => {
    // ps ends with an error when one of the processes is gone; it has printed the others all the same.
    for (const [, pid, kilobytes] of output.matchAll(/^\s*(\d+)\s+(\d+)\s*$/gm))
      report(Number(pid), Math.ceil(Number(kilobytes) / 1024));
  });
}
