/** Closures from tests that vitest runs and counts the lines of. */
import { describeMode } from "../../closures/describe-mode.ts";
import { vitest } from "../../closures/modes.ts";

describeMode(vitest("forks", "v8"));
describeMode(vitest("forks", "istanbul"));
describeMode(vitest("threads", "v8"));
describeMode(vitest("vmThreads", "v8"));
