import { networkInterfaces } from "node:os";

import type { AcmeSettings } from "../../config/acme-settings.ts";
import type { ServedName } from "../../config/served-name.ts";
import { isPrivateName } from "../../config/private-names.ts";
import type { Challenge } from "../acme/contract.ts";
import type { ChallengeBoard } from "../challenge-board.ts";
import type { Finding } from "../errand/errand.ts";
import { runErrand } from "../errand/run-errand.ts";

/**
 * Looks at a name as a CA would, before the first order. It may be wrong (a router that does not let us reach ourselves from inside), so
 * all that follows from a finding is that the first try goes to the CA's staging.
 *
 * @param caaIdentities the names by which CAA records permit the CA
 */
export type Preflight = (name: ServedName, caaIdentities: readonly string[], signal: AbortSignal) => Promise<readonly Finding[]>;

/** Milliseconds for the whole of it. */
const PATIENCE = 30_000;

/** @param nameServer host:port; default: the system's */
export function createPreflight(
  { challenges, validation }: Pick<AcmeSettings, "challenges" | "validation">,
  board: ChallengeBoard,
  nameServer?: string,
): Preflight {
  return async (name, caaIdentities, signal) => {
    const shown: Challenge[] = [];
    try {
      const result = await runErrand(
        {
          kind: "preflight",
          name,
          challenges,
          ports: validation,
          // What a CA calls itself goes into a command for the operator: host names alone.
          caaIdentities: caaIdentities.filter((identity) => /^[a-z0-9.-]{1,253}$/.test(identity)),
          ownAddresses: publicAddresses(),
          ...(nameServer !== undefined && { nameServer }),
        },
        {
          signal,
          timeout: PATIENCE,
          present: async (challenge) => {
            shown.push(challenge);
            await board.present(challenge);
          },
        },
      );
      return result?.kind === "findings" ? result.findings : [];
    } finally {
      await Promise.all(shown.map((challenge) => board.cleanUp(challenge)));
    }
  };
}

/** This machine's own, as its interfaces have them. Behind a router there are none. */
function publicAddresses(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .map(({ address }) => address)
    .filter((address) => !address.includes("%") && !isPrivateName({ kind: "ip", value: address }));
}
