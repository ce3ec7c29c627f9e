import { defineConfig } from "vitest/config";

/** All modes of closures that travel but the main one take many minutes: `npm run test:closures`. */
const closures = "test/integration/closures/!(stripped|inspector-sessions).test.ts";

const setupFiles = ["test/fast-check-seed.ts"];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          setupFiles,
          include: ["test/**/*.test.ts"],
          exclude: ["test/integration/**", "test/mpi/**", "test/localstack/**", "test/deploy/**", "test/bench/**"],
        },
      },
      {
        test: {
          name: "integration",
          setupFiles,
          include: ["test/integration/**/*.test.ts"],
          exclude: [closures],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          pool: "forks",
        },
      },
      {
        test: {
          name: "closures",
          include: [closures],
          testTimeout: 60_000,
          hookTimeout: 300_000,
          pool: "forks",
          // The tests themselves do nothing but wait for the programs that they started.
          maxWorkers: "100%",
        },
      },
      {
        test: {
          name: "mpi",
          setupFiles,
          include: ["test/mpi/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          pool: "forks",
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "localstack",
          include: ["test/localstack/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          pool: "forks",
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "deploy",
          include: ["test/deploy/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: "forks",
        },
      },
    ],
  },
});
