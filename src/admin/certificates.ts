import { canonicalAddress } from "../config/names.ts";
import { mistake, type Read } from "../config/read.ts";
import type { Verb } from "./verb.ts";

/** Why a certificate was not obtained, as the operator is told. */
export interface ObtainFailure {
  readonly server: string;
  readonly code: string;
  /** One line. A CA or a stranger may have written it: for a terminal alone. */
  readonly detail: string;
}

/** What became of renewing a certificate. Moments are ISO 8601, UTC. */
export type RenewAnswer =
  | { readonly kind: "renewed"; readonly expires: string }
  | { readonly kind: "not-due"; readonly at: string }
  | { readonly kind: "failed"; readonly failure?: ObtainFailure; readonly next: string }
  /** The edge obtains none for that name; `names`: those for which it does. */
  | { readonly kind: "unknown"; readonly names: readonly string[] };

export const REASONS = ["key-compromise", "superseded", "cessation"] as const;
export type Reason = (typeof REASONS)[number];

export type RevokeAnswer =
  | { readonly kind: "revoked"; readonly replaced: RenewAnswer }
  | { readonly kind: "not-revoked"; readonly failure: Omit<ObtainFailure, "server">; readonly replaced: RenewAnswer }
  | { readonly kind: "unknown"; readonly names: readonly string[] };

export interface RenewRequest {
  readonly name: string;
  /** Whether it is due or not. */
  readonly force: boolean;
}

export const RENEW: Verb<RenewRequest, RenewAnswer> = {
  name: "certificates.renew",
  read: ({ name, force }) => withName(name, (read) => ({ name: read, force: force === true })),
};

export interface RevokeRequest {
  readonly name: string;
  readonly reason?: Reason;
}

export const REVOKE: Verb<RevokeRequest, RevokeAnswer> = {
  name: "certificates.revoke",
  read: ({ name, reason }) => {
    const known = REASONS.find((each) => each === reason);
    if (reason !== undefined && known === undefined) return mistake("There is no such reason.", `Write ${REASONS.join(", ")}.`);
    return withName(name, (read) => ({ name: read, ...(known !== undefined && { reason: known }) }));
  },
};

/** Milliseconds that both may take: CAs are slow at times. */
export const PATIENCE = 1_800_000;

function withName<T>(name: unknown, make: (name: string) => T): Read<T> {
  if (typeof name !== "string" || name === "" || name.length > 253) return mistake("It is not said for which name.", "Write one.");
  return { value: make(canonicalAddress(name) ?? name.toLowerCase()) };
}
