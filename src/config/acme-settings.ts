import type { ServedName } from "./served-name.ts";

/** How certificates are obtained by ACME (RFC 8555). Types only. */
export interface AcmeSettings {
  /** What is obtained: the public names and addresses. */
  readonly names: readonly [ServedName, ...ServedName[]];
  /** Directory of the certificates, absolute, mode 0700. */
  readonly certificates: string;
  /** The CAs, in the order in which they are asked. */
  readonly servers: readonly [AcmeServer, ...AcmeServer[]];
  /** E-mail address for the CAs' accounts, if any. */
  readonly email: string | undefined;
  /** Undefined: `shortlived` for addresses, and the CA's own choice for names. */
  readonly profile: string | undefined;
  /** In the order in which they are tried for each name. */
  readonly challenges: readonly [ChallengeType, ...ChallengeType[]];
  readonly notify: NotifyTarget | undefined;
  /** Where CAs look for the answers to challenges, which no flag changes: 80 and 443 (RFC 8555 §8.3, RFC 8737 §3). Tests have others. */
  readonly validation: { readonly http: number; readonly https: number };
  /** host:port of the name server that the pre-flight asks, for tests; undefined: the system's. */
  readonly nameServer?: string;
}

export type ChallengeType = "http-01" | "tls-alpn-01";

export interface AcmeServer {
  /** As the operator calls it: `letsencrypt`, or the host of its URL. Stands in logs and file names. */
  readonly name: string;
  /** URL of its directory. */
  readonly directory: string;
  /** The same CA's directory for trying things out, where it has one that needs no account of its own. */
  readonly staging: string | undefined;
  /** Path of the PEM file that alone vouches for its servers; undefined: the runtime's own list does. */
  readonly caFile: string | undefined;
  readonly externalAccount: ExternalAccountKey | undefined;
}

/** External account binding (RFC 8555 §7.3.4). */
export interface ExternalAccountKey {
  readonly keyIdentifier: string;
  /** base64url. A secret. */
  readonly macKey: string;
}

/** Where the operator is told by `--notify`. */
export interface NotifyTarget {
  readonly url: string;
  /** Sent as `Authorization: Bearer …`. A secret. */
  readonly token: string | undefined;
}
