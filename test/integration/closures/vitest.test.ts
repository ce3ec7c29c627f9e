/** Closures from tests that vitest runs. */
import { describeMode } from "../../closures/describe-mode.ts";
import { vitest } from "../../closures/modes.ts";

describeMode(vitest("forks"));
describeMode(vitest("threads"));
describeMode(vitest("vmThreads"));
