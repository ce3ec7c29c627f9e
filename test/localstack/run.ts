/** `npm run test:localstack`: sees to Docker and the images, then has vitest run the suite with the arguments given. Says so when it cannot. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type ContainerRuntimeClient, getContainerRuntimeClient, ImageName } from "testcontainers";
import { removeLeftovers } from "./function-containers.ts";
import { lambdaImage, localstackImage } from "./images.ts";

const root = join(import.meta.dirname, "..", "..");

/** Why the suite cannot run, or null. */
async function obstacle(): Promise<string | null> {
  let client: ContainerRuntimeClient;
  try {
    client = await getContainerRuntimeClient();
  } catch (error) {
    return `Docker does not answer: ${reason(error)}`;
  }
  for (const image of [localstackImage, lambdaImage]) {
    const name = ImageName.fromString(image);
    if (await client.image.exists(name)) continue;
    console.log(`Pulling ${image} …`);
    try {
      await client.image.pull(name);
    } catch (error) {
      return `there is no image ${image}, and it cannot be pulled: ${reason(error)}`;
    }
    if (!(await client.image.exists(name))) return `there is no image ${image}, and it cannot be pulled.`;
  }
  return null;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const why = await obstacle();
if (why === null) {
  await removeLeftovers();
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const args = [vitest, "run", "--project", "localstack", ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1;
} else {
  const line = "=".repeat(100);
  console.error(`${line}
The LocalStack suite did NOT run: ${why}
To run it, start Docker, see that it has or can pull both images, and repeat npm run test:localstack:
  LocalStack ${localstackImage} (FANOPT_LOCALSTACK_IMAGE names another)
  functions  ${lambdaImage} (FANOPT_LAMBDA_IMAGE names another)
${line}`);
  // Where it is relied on, that is a failure.
  process.exitCode = ["", "0", "false"].includes(process.env.CI ?? "") ? 0 : 1;
}
