/** A package of the tests' projects: runs functions in a process that knows nothing but their artifacts. */
import { fork } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { buildArtifact } from "../fanopt/dist/transport/artifact.js";
import { pack, unpack } from "../fanopt/dist/transport/codec.js";
import { portableOf } from "../fanopt/dist/transport/portable.js";
import { fromWireError } from "../fanopt/dist/transport/remote-error.js";

export function createProcessExecutor() {
  const worker = fork(fileURLToPath(new URL("./worker.mjs", import.meta.url)), [], {
    cwd: tmpdir(),
    env: {},
    execArgv: [],
    serialization: "advanced",
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const waiting = new Map();
  worker.on("message", ({ id, ...answer }) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  worker.on("exit", () => {
    for (const answer of waiting.values())
      answer({ failure: { name: "Error", message: "the process ended", stack: "" } });
  });
  const artifacts = new WeakMap();
  const artifactOf = (portable) => {
    const known = artifacts.get(portable);
    if (known !== undefined) return known;
    const building = buildArtifact(portable);
    artifacts.set(portable, building);
    return building;
  };
  let next = 0;
  const submit = async (fun, arg) => {
    const { bytes, hash, data } = await artifactOf(portableOf(fun));
    const id = next++;
    const answer = new Promise((resolve) => waiting.set(id, resolve));
    worker.send({ id, hash, bytes, data: data?.bytes ?? null, task: pack(arg) });
    const { outcome, failure } = await answer;
    if (failure !== undefined) throw fromWireError(failure);
    if ("error" in outcome) throw fromWireError(outcome.error);
    return unpack(outcome.value);
  };
  return { submit, [Symbol.asyncDispose]: async () => worker.disconnect() };
}

/** As text that differs where a bit differs: numbers by their eight bytes, typed arrays by their kind and bytes. */
export function bitsOf(value) {
  if (typeof value === "number") return `f${bytesOf(Float64Array.of(value))}`;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") return JSON.stringify(value);
  if (value === null || typeof value !== "object") return String(value);
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}:${bytesOf(value)}`;
  if (Array.isArray(value)) return `[${Array.from(value, bitsOf).join()}]`;
  const entries = Object.keys(value).map((key) => `${JSON.stringify(key)}:${bitsOf(value[key])}`);
  return `{${entries.join()}}`;
}

function bytesOf({ buffer, byteOffset, byteLength }) {
  return Buffer.from(buffer, byteOffset, byteLength).toString("hex");
}
