/** An ACME client with everything around it: folders, challenge answers, and hooks that remember. */
import { join } from "node:path";

import type {
  AcmeDirectory,
  ChallengeType,
  FailedAuthorization,
  IssuedCertificate,
  IssueHooks,
  IssueRequest,
  Notice,
  PlannedOrder,
  Registration,
} from "../../../src/certificates/acme/contract.ts";
import type { ServedName } from "../../../src/config/served-name.ts";
import type { ChallengeServer } from "../../support/challenge-server.ts";
import { scratchDirectory } from "../../support/scratch.ts";

export const name = (value: string): ServedName => ({ kind: "name", value });
export const ip = (value: string): ServedName => ({ kind: "ip", value });

/** Enough for a CA that is near and a machine that is busy. */
export const PATIENCE = { request: 30_000, decision: 30_000, work: 120_000 };

export interface Remembered {
  readonly registrations: Registration[];
  readonly orders: PlannedOrder[];
  readonly failures: FailedAuthorization[];
  readonly stored: IssuedCertificate[];
  readonly notices: Notice[];
}

export function remembering(solver: Pick<ChallengeServer, "present" | "cleanUp">): {
  readonly hooks: IssueHooks;
  readonly heard: Remembered;
} {
  const heard: Remembered = { registrations: [], orders: [], failures: [], stored: [], notices: [] };
  const hooks: IssueHooks = {
    async registering(registration) {
      heard.registrations.push(registration);
      return true;
    },
    async ordering(order) {
      heard.orders.push(order);
      return true;
    },
    present: (challenge) => solver.present(challenge),
    cleanUp: (challenge) => solver.cleanUp(challenge),
    async failedAuthorization(failure) {
      heard.failures.push(failure);
    },
    async store(issued) {
      heard.stored.push(issued);
    },
    notice: (notice) => void heard.notices.push(notice),
  };
  return { hooks, heard };
}

export async function requestFor(
  directory: AcmeDirectory,
  names: IssueRequest["names"],
  more: Partial<IssueRequest> & { readonly state?: string; readonly challenges?: readonly [ChallengeType, ...ChallengeType[]] } = {},
): Promise<IssueRequest> {
  const { state = await scratchDirectory(), ...rest } = more;
  return {
    directory,
    account: { folder: join(state, "account") },
    folder: join(state, "order"),
    names,
    challenges: ["http-01", "tls-alpn-01"],
    ...rest,
  };
}
