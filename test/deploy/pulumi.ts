/**
 * Stands in for the program `pulumi` that `sst deploy` calls, which needs AWS. `up` runs the program that SST has made of sst.config.ts, with
 * SST's components and Pulumi's own mocks in place of the cloud, writes what they asked for into $FANOPT_DEPLOY_RECORD, and the state that
 * SST reads outputs and links from.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { answerCall, createdState } from "./mocked-cloud.ts";
import type { Deployment, Resource } from "./resources.ts";

/** Where SST keeps the state; the program changes the working folder. */
const workFolder = process.cwd();
const [command, ...args] = process.argv.slice(2);

if (command === "stack" && args[0] === "init") writeState(String(args[1]), []);
else if (command === "up") await up(args[args.indexOf("--stack") + 1]);
else throw new Error(`The stand-in knows nothing of: pulumi ${command} ${args.join(" ")}`);

async function up(stack: string): Promise<void> {
  const [, app, stage] = stack.split("/");
  const main = /^main: (.*)$/m.exec(readFileSync("Pulumi.yaml", "utf8"))?.[1] ?? "";
  // Pulumi is loaded from where the program loads it: they must share its state.
  const { runtime } = createRequire(main)("@pulumi/pulumi");
  const resources: Resource[] = [];
  await runtime.setMocks(
    {
      newResource: ({ type, name, inputs }: Resource) => {
        resources.push({ type, name, inputs });
        return createdState(type, name, inputs);
      },
      call: answerCall,
    },
    app,
    stage,
    false,
  );
  const registered = recordOutputs(runtime.getMonitor());
  const outputs = await runtime.runInPulumiStack(async () => (await import(pathToFileURL(main).href)).default);
  await runtime.waitForRPCs();
  const deployment: Deployment = { app, stage, resources, outputs };
  writeFileSync(String(process.env.FANOPT_DEPLOY_RECORD), JSON.stringify(deployment));
  const rows = [...registered].map(([urn, values]) => ({ urn, custom: false, type: typeOf(urn), outputs: values }));
  const root = { urn: urnOf(app, stage, "pulumi:pulumi:Stack", `${app}-${stage}`), custom: false, outputs };
  writeState(stack, [{ ...root, type: "pulumi:pulumi:Stack" }, ...rows.filter(({ type }) => type.startsWith("sst:"))]);
}

interface Monitor {
  registerResourceOutputs(request: OutputsRequest, callback: unknown): void;
}

interface OutputsRequest {
  getUrn(): string;
  getOutputs(): { toJavaScript(): Record<string, unknown> };
}

/** What components register as their outputs, by urn; filled as they do. */
function recordOutputs(monitor: Monitor): Map<string, Record<string, unknown>> {
  const registered = new Map<string, Record<string, unknown>>();
  const original = monitor.registerResourceOutputs.bind(monitor);
  monitor.registerResourceOutputs = (request, callback) => {
    registered.set(request.getUrn(), request.getOutputs().toJavaScript());
    original(request, callback);
  };
  return registered;
}

function urnOf(app: string, stage: string, type: string, name: string): string {
  return `urn:pulumi:${stage}::${app}::${type}::${name}`;
}

function typeOf(urn: string): string {
  return String(urn.split("::")[2].split("$").at(-1));
}

function writeState(stack: string, resources: readonly object[]): void {
  const [, app, stage] = stack.split("/");
  const file = join(workFolder, ".pulumi", "stacks", app, `${stage}.json`);
  const manifest = { time: "2026-01-01T00:00:00Z", magic: "", version: "" };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ version: 3, checkpoint: { stack, latest: { manifest, resources } } }));
}
