/** What is checked, in the order in which it is told. */
import type { Check } from "./check.ts";
import type { AwsContext } from "./context.ts";
import { checkNode } from "./node.ts";

const node = { name: "Node.js", needs: [], run: () => checkNode(process.versions.node) };

/** What every request to AWS needs. */
const access = [node.name, "credentials", "region"];
const deployed = [...access, "function", "settings"];

/** Loaded when they run: an old Node.js may not load all that they import. */
export const awsChecks: readonly Check<AwsContext>[] = [
  node,
  {
    name: "credentials",
    needs: [node.name],
    run: async (context) => (await import("./credentials.ts")).checkCredentials(context),
  },
  { name: "region", needs: [node.name], run: async (context) => (await import("./region.ts")).checkRegion(context) },
  {
    name: "function",
    needs: [node.name],
    run: async (context) => (await import("./function.ts")).checkFunctionName(context),
  },
  {
    name: "settings",
    needs: [...access, "function"],
    run: async (context, signal) => (await import("./function.ts")).checkFunction(context, signal),
  },
  {
    name: "quota",
    needs: deployed,
    run: async (context, signal) => (await import("./quota.ts")).checkQuota(context, signal),
  },
  {
    name: "invocation",
    needs: deployed,
    run: async (context, signal) => (await import("./invocation.ts")).checkInvocation(context, signal),
  },
  {
    name: "table",
    needs: access,
    run: async (context, signal) => (await import("./table.ts")).checkTable(context, signal),
  },
  {
    name: "artifacts",
    needs: access,
    run: async (context, signal) => (await import("./artifacts.ts")).checkArtifacts(context, signal),
  },
];

export const localChecks: readonly Check<AwsContext>[] = [
  node,
  { name: "function", needs: [node.name], run: async () => (await import("./local.ts")).checkLocalFunction() },
  {
    name: "invocation",
    needs: [node.name, "function"],
    run: async ({ options }, signal) => (await import("./local.ts")).checkLocalInvocation(options.timeout, signal),
  },
  { name: "table", needs: [node.name], run: async () => (await import("./local.ts")).checkLocalTable() },
];
