import { describe, expect, it } from "vitest";

import { requestsArriveAsOne } from "../http1/differential/forwarded.ts";
import { requestsReadAlike } from "../http1/differential/requests.ts";
import { responsesArriveAsOne, responsesReadAlike } from "../http1/differential/responses.ts";
import { fuzzCases, runDifferential } from "../http1/differential/run.ts";
import type { Differential } from "../http1/differential/run.ts";

/** Another seed every time, unless one is named: the fixed one is run by `npm test`. */
const SEED = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
const CASES = fuzzCases(500_000);
const TIMEOUT = 60_000 + CASES * 2;

const DIFFERENTIALS: Readonly<Record<string, () => Differential>> = {
  "no stream of requests is read in two ways": requestsReadAlike,
  "every accepted request arrives upstream as exactly that one": requestsArriveAsOne,
  "no stream of responses is read in two ways": responsesReadAlike,
  "every accepted response reaches the client as exactly that one": responsesArriveAsOne,
};

describe(`Between our grammar and node:http's, with FUZZ_SEED=${SEED} and FUZZ_CASES=${CASES}`, () => {
  it.each(Object.entries(DIFFERENTIALS))(
    "%s",
    async (title, make) => {
      const { failure, cases, accepted, acceptedByBoth } = await runDifferential(make(), SEED, CASES);
      console.log(`${title}: FUZZ_SEED=${SEED}, ${cases} cases, ${accepted} messages accepted, ${acceptedByBoth} by both`);
      expect(failure).toBeUndefined();
      expect(acceptedByBoth).toBeGreaterThan(CASES / 4);
    },
    TIMEOUT,
  );
});
