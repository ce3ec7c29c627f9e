/** The containers that LocalStack starts, one for each environment of a function. They carry the session's label of testcontainers, and no other. */
import {
  type ContainerRuntimeClient,
  getContainerRuntimeClient,
  getReaper,
  LABEL_TESTCONTAINERS_SESSION_ID,
} from "testcontainers";

/** LocalStack takes 20 s to end dozens of containers; without testcontainers' own reaper nobody else does it. */
export async function removeFunctionContainers(): Promise<void> {
  const client = await getContainerRuntimeClient();
  const { sessionId } = await getReaper(client);
  const ours = await list(client, `${LABEL_TESTCONTAINERS_SESSION_ID}=${sessionId}`);
  await Promise.all(ours.filter(isFunction).map(({ Id }) => remove(client, Id)));
}

/** Removes what suites left that were killed: functions of sessions in which nothing else runs any more, so that nobody can invoke them. */
export async function removeLeftovers(): Promise<void> {
  const client = await getContainerRuntimeClient();
  const all = await list(client, LABEL_TESTCONTAINERS_SESSION_ID);
  const alive = new Set(all.filter((container) => !isFunction(container) && mayRun(container)).map(sessionOf));
  const left = all.filter((container) => isFunction(container) && !alive.has(sessionOf(container)));
  await Promise.all(left.map(({ Id }) => remove(client, Id)));
}

type Container = Awaited<ReturnType<ContainerRuntimeClient["container"]["dockerode"]["listContainers"]>>[number];

/** What testcontainers itself starts, LocalStack and its reaper, has a label that says so. */
const isFunction = ({ Labels }: Container): boolean => Labels["org.testcontainers"] !== "true";
const mayRun = ({ State }: Container): boolean => State !== "exited" && State !== "dead";
const sessionOf = ({ Labels }: Container): string | undefined => Labels[LABEL_TESTCONTAINERS_SESSION_ID];

function list({ container: { dockerode } }: ContainerRuntimeClient, label: string): Promise<Container[]> {
  return dockerode.listContainers({ all: true, filters: { label: [label] } });
}

/** LocalStack, or another suite, may be removing it at this moment. */
async function remove({ container: { dockerode } }: ContainerRuntimeClient, id: string): Promise<void> {
  try {
    await dockerode.getContainer(id).remove({ force: true, v: true });
  } catch (error) {
    const { statusCode } = error as { statusCode?: number };
    if (statusCode !== 404 && statusCode !== 409) throw error;
  }
}
