import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { koffiMissing, notTheDriver, notUnderLauncher } from "../../../src/executors/mpi/errors.ts";
import { MARKER } from "../../../src/executors/mpi/marker.ts";

const program = process.argv[1];

afterEach(() => {
  process.argv[1] = program;
  delete process.env[MARKER];
});

describe("the line that starts the program", () => {
  const lineFor = (file: string): string => {
    process.argv[1] = file;
    return notUnderLauncher().message.split("\n")[1];
  };

  it("has the program's path from the working directory", () => {
    expect(lineFor(join(process.cwd(), "sub", "main.ts"))).toBe(
      `  mpiexec -n 3 node --import fanopt/mpi ${join("sub", "main.ts")}`,
    );
  });

  it("has no command of a package", () => {
    const line = lineFor(join(process.cwd(), "node_modules", "tsx", "dist", "cli.mjs"));
    expect(line).toBe("  mpiexec -n 3 node --import fanopt/mpi program.ts");
  });

  it("has no program of a child process, which may be another one", () => {
    process.env[MARKER] = String(process.pid + 1);
    expect(lineFor(join(process.cwd(), "main.ts"))).toBe("  mpiexec -n 3 node --import fanopt/mpi program.ts");
    process.env[MARKER] = String(process.pid);
    expect(lineFor(join(process.cwd(), "main.ts"))).toBe("  mpiexec -n 3 node --import fanopt/mpi main.ts");
  });
});

describe("what keeps koffi from loading", () => {
  const errorWith = (code: string | undefined, message: string): Error => Object.assign(new Error(message), { code });

  it("is told, with what to install", () => {
    const message = "Cannot find the native Koffi module; did you bundle it correctly?";
    const error = koffiMissing(errorWith(undefined, message));
    expect(error).toMatchObject({ code: "mpi-koffi-missing", cause: { message } });
    expect(error.message).toContain(message);
    expect(error.message).toContain(`${process.platform} ${process.arch}`);
    expect(error.message).toContain("npm install koffi");
  });

  it("is no missing package where Node refuses native addons", () => {
    const { message } = koffiMissing(errorWith("ERR_DLOPEN_DISABLED", "loading addons is disabled"));
    expect(message).toContain("--allow-addons");
    expect(message).not.toContain("npm install");
  });
});

it("names wrappers, which are the driver where the launcher starts them", () => {
  expect(notTheDriver("child process").message).toContain("not npx, npm run");
});
