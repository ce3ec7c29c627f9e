import { FanoptError } from "../errors.ts";
import { ARTIFACT_NOT_ALLOWED } from "./protocol.ts";

const WHERE = "the function's environment variable FANOPT_ALLOWED_ARTIFACTS";
const REMEDY =
  "It comes from allowedArtifacts of fanoptEvaluator in sst.config.ts: change that and deploy again (npx sst deploy).";

/**
 * Why an artifact must not be run, by its hash; undefined: it may.
 *
 * @param list hashes with commas between, or undefined where everything is allowed. A list that cannot be read allows nothing.
 */
export function allowList(list: string | undefined): (hash: string) => FanoptError | undefined {
  if (list === undefined) return () => undefined;
  const hashes = list.split(",").map((one) => one.trim().toLowerCase());
  const wrong = hashes.find((one) => !/^[0-9a-f]{64}$/.test(one));
  const refused = (why: string) => new FanoptError(ARTIFACT_NOT_ALLOWED, why);
  if (wrong !== undefined)
    return () =>
      refused(
        `No artifact is allowed: ${WHERE} must hold SHA-256 hashes (64 hexadecimal digits) with commas between, but has ${JSON.stringify(wrong)}. ${REMEDY}`,
      );
  const allowed = new Set(hashes);
  return (hash) =>
    allowed.has(hash)
      ? undefined
      : refused(
          `The artifact ${hash} is not among the ${allowed.size} that ${WHERE} allows. ${REMEDY} A hash is that of the code, its data and the ` +
            "problem around it: it changes with any of them.",
        );
}
