/** What is said to a worker, and what it answered. */
import { InfrastructureError, show } from "../../errors.ts";
import { fromWireError } from "../../transport/remote-error.ts";
import { VERSION } from "../../version.ts";
import {
  ARTIFACT_CODES,
  ARTIFACT_UNREACHABLE,
  type PartName,
  PROTOCOL_VERSION,
  type WorkerOutcome,
  type WorkerResponse,
} from "../../worker/protocol.ts";
import type { Carried } from "./artifact-delivery.ts";
import type { Task } from "./task.ts";

/** Whether a worker could not download a stored artifact. */
export function isUnreachable(response: WorkerResponse): boolean {
  return response.kind === "unusable" && response.error.code === ARTIFACT_UNREACHABLE;
}

/** Parts that a worker asks for; none where one of them was in the request: then its answer makes no sense. */
export function lackingParts(response: WorkerResponse, carried: Carried): readonly PartName[] {
  if (response.kind !== "need") return [];
  const canBeSent = (name: PartName) => {
    const part = carried[name];
    return part !== undefined && part.inline === undefined && part.stored === undefined;
  };
  return response.parts.every(canBeSent) ? response.parts : [];
}

/** The request as JSON. */
export function requestOf(tasks: readonly Task[], carried: Carried): string {
  const head = JSON.stringify({ protocol: PROTOCOL_VERSION, version: VERSION, ...carried, tasks: [] });
  return `${head.slice(0, -2)}${tasks.map(({ text }) => text).join(",")}]}`;
}

/** Outcomes of the first tasks, one or more; or what is wrong with the answer. */
export function outcomesOf(response: WorkerResponse, nTasks: number): readonly WorkerOutcome[] | Error {
  if (response.kind === "unusable") {
    const error = fromWireError(response.error);
    const { code } = response.error;
    if (code === undefined || !ARTIFACT_CODES.has(code)) return error;
    return new InfrastructureError(code, `A worker refused the artifact. ${error.message}`, { cause: error });
  }
  const { outcomes } = response as { outcomes?: readonly WorkerOutcome[] };
  if (response.kind === "outcomes" && outcomes !== undefined && outcomes.length > 0 && outcomes.length <= nTasks)
    return outcomes;
  const expected = nTasks === 1 ? "one outcome was" : `1 to ${nTasks} outcomes were`;
  return new InfrastructureError("protocol", `The function answered ${show(response)} where ${expected} expected.`);
}
