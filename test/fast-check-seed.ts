import fc from "fast-check";

/**
 * Property tests draw the same cases each time, so that a change is judged by what it changes. `FANOPT_TEST_SEED=random npm test` draws
 * others, `FANOPT_TEST_SEED=1234 npm test` those of a seed that a failure names.
 */
const given = process.env.FANOPT_TEST_SEED ?? "20261123";
if (given !== "random") {
  const seed = Number(given);
  if (!Number.isInteger(seed))
    throw new TypeError(`FANOPT_TEST_SEED: expected an integer or "random", received "${given}".`);
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
}
