import type { AcmeServer } from "../../config/acme-settings.ts";
import type { AcmeProblem } from "../acme/contract.ts";
import { accountOf, directoryOf } from "./counter.ts";
import type { Custodian, Renewal } from "./custodian.ts";
import type { Desk } from "./desk.ts";

/** RFC 5280 §5.3.1, as far as an operator has such a reason. */
export type RevocationReason = "keyCompromise" | "superseded" | "cessationOfOperation";

const CODES = { keyCompromise: 1, superseded: 4, cessationOfOperation: 5 } as const satisfies Record<RevocationReason, number>;

export type Revocation =
  /** `replaced`: what became of the new certificate. The old one stays in use where there is none. */
  | { readonly kind: "revoked"; readonly replaced: Renewal }
  | { readonly kind: "failed"; readonly problem: Pick<AcmeProblem, "code" | "detail">; readonly replaced: Renewal };

/**
 * Has a certificate revoked: the new one first, so that nobody stands before a closed door, and the old one whether or not there is a new
 * one. Its own key signs (RFC 8555 §7.6), so that no account is needed, and its CA may be one that is configured no more.
 *
 * @returns undefined where there is no certificate
 */
export async function revokeCertificate(
  desk: Desk,
  custodian: Custodian,
  reason: RevocationReason | undefined,
  signal: AbortSignal,
): Promise<Revocation | undefined> {
  const { stored, issuer } = custodian;
  if (stored === undefined) return undefined;
  const { servers } = desk.settings;
  const server = servers.find(({ directory }) => directory === issuer) ?? (issuer === undefined ? servers[0] : strange(issuer));
  const replaced = await custodian.renew({ force: true });
  const counter = { server, directory: server.directory };
  const outcome = await desk.protocol.revoke(
    {
      directory: directoryOf(counter),
      account: accountOf(desk.settings, counter),
      certificate: stored.certificate,
      privateKey: stored.key,
      ...(reason !== undefined && { reason: CODES[reason] }),
    },
    signal,
  );
  if (outcome.kind === "failed") return { kind: "failed", problem: outcome.problem, replaced };
  desk.log.warn(`${custodian.name.value}: a certificate was revoked.`, { ca: server.name, reason, serial: stored.leaf.serialNumber });
  return { kind: "revoked", replaced };
}

/** A CA of which nothing but its directory is known. */
const strange = (directory: string): AcmeServer => ({
  name: new URL(directory).host,
  directory,
  staging: undefined,
  caFile: undefined,
  externalAccount: undefined,
});
