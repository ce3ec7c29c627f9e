/** Conditions by which packages choose what they export: those that Node has here, so that a worker gets what the driver has. */

/** `node-addons` is left out: what a package offers without it can be sent. */
const ALWAYS: readonly string[] = ["node", "module-sync"];

/** Node's own conditions and those of `--conditions` and `-C`, on the command line and in NODE_OPTIONS. */
export function conditions(
  execArgv: readonly string[] = process.execArgv,
  nodeOptions: string = process.env.NODE_OPTIONS ?? "",
): string[] {
  const given = [...nodeOptions.split(/\s+/), ...execArgv];
  const custom = given.flatMap((option, i) => {
    const [, joined] = /^(?:--conditions|-C)=(.+)$/.exec(option) ?? [];
    if (joined !== undefined) return [joined];
    return (option === "--conditions" || option === "-C") && given[i + 1] ? [given[i + 1]] : [];
  });
  return [...new Set([...ALWAYS, ...custom])];
}
