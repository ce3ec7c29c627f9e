/** Written anew for each project. */
export const logPath = "loads.log";
