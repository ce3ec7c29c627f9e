/** Compiles as long as SST is what src/sst takes it for. */
import type { SstGlobals } from "../src/sst/globals.ts";

export const globals: SstGlobals = { sst, aws, $app, $cli };
