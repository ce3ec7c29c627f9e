/** Uses "mpi", and prints what that says. */
import { createMpiExecutor } from "fanopt";

try {
  console.log(`value ${await createMpiExecutor().submit((x: number) => x + 1, 1)}`);
} catch (error) {
  const { name, code, message } = error as Error & { code?: string };
  console.log(JSON.stringify({ name, code, message }));
  process.exitCode = 3;
}
