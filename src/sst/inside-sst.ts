import { InvalidInputError } from "../errors.ts";
import type { SstGlobals } from "./globals.ts";

declare const sst: SstGlobals["sst"] | undefined;

/** @throws InvalidInputError outside `sst deploy`, where the names of globals.ts mean nothing. */
export function requireSst(caller: string): void {
  if (typeof sst !== "undefined") return;
  throw new InvalidInputError(
    `${caller} creates resources of SST and works inside sst deploy only: call it in run() of an sst.config.ts, after await import("fanopt/sst").`,
  );
}
