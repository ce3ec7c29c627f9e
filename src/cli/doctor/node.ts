import { type Finding, failed, passed } from "./check.ts";

/** The oldest Node.js that fanopt runs on: `engines` of package.json. */
const OLDEST = 22;

/** @param version e.g. "24.11.0" */
export function checkNode(version: string): Finding {
  const [major, minor] = version.split(".").map(Number);
  if (major < OLDEST)
    return failed(
      `${version}, but fanopt needs ${OLDEST} or newer`,
      `Install Node.js ${OLDEST} or newer (https://nodejs.org, or nvm install --lts).`,
    );
  const runsTypeScript = (major === 22 && minor >= 18) || (major === 23 && minor >= 6) || major > 23;
  return runsTypeScript
    ? passed(version)
    : passed(version, "It runs .ts files only with --experimental-strip-types; 22.18 and newer do by themselves.");
}
