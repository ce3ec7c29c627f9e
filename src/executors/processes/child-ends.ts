/** How a worker process ends; imported by what it runs, before the rest. */
import { toWireError } from "../../transport/wire-error.ts";
import type { UncaughtMessage } from "./child-messages.ts";

// The driver tells it, with the point that it belongs to: printed here it would be there twice.
process.on("uncaughtException", (thrown) => {
  // A criterion that listens takes care of it.
  if (process.listenerCount("uncaughtException") > 1) return;
  const message: UncaughtMessage = { fanopt: "uncaught", error: toWireError(thrown) };
  const end = () => process.exit(1);
  if (process.send === undefined || !process.connected) end();
  else process.send(message, end);
});

// The driver is gone, however it ended. In an endless loop this is not noticed: such a process stays when the driver is killed by a signal.
process.on("disconnect", () => process.exit());
