/**
 * What the edge may ask of an ACME CA, and what it hears: types only. Whoever asks (the certificates' schedule) is in the main process;
 * the work is done in a child process that exists only meanwhile (issuer.ts, acme-child.ts), so that neither jose nor @peculiar/x509
 * nor fetch is ever loaded here. Everything in these types can cross a process boundary as JSON.
 */
import type { ServedName } from "../../config/served-name.ts";
import type { AcmeProblem } from "./problem.ts";

export type { AcmeProblem, CaErrorType, FailureCode } from "./problem.ts";

/** A CA, named by its directory (RFC 8555 §7.1.1). */
export interface AcmeDirectory {
  /** https, always. */
  readonly url: string;
  /** A PEM file. When given, its certificates alone vouch for the CA's servers; otherwise the runtime's own list does. */
  readonly caFile?: string;
}

/** External account binding (RFC 8555 §7.3.4): what ZeroSSL, Google and others hand out with an account of theirs. */
export interface ExternalAccount {
  readonly keyIdentifier: string;
  /** base64url. A secret: it goes to the child over IPC and nowhere else. */
  readonly macKey: string;
}

export interface AcmeAccount {
  /** Directory (0700) of `account.json` (0600): the account's key, its URL and the consent to the terms. One for each CA. */
  readonly folder: string;
  /** E-mail address without `mailto:`. A change is told to the CA before the next order. */
  readonly email?: string;
  /** Used at the registration alone. */
  readonly externalAccount?: ExternalAccount;
}

export type ChallengeType = "http-01" | "tls-alpn-01";

/** What the CA will look for. Everything that an answer needs is in it; no certificate has to be made in the main process. */
export type Challenge =
  /** RFC 8555 §8.3: `GET /.well-known/acme-challenge/{token}` on port 80 is answered with `keyAuthorization`, as octets. */
  | { readonly type: "http-01"; readonly identifier: ServedName; readonly token: string; readonly keyAuthorization: string }
  /** RFC 8737: a handshake on port 443 with ALPN `acme-tls/1` and this server name is answered with this certificate, and closed. */
  | {
      readonly type: "tls-alpn-01";
      readonly identifier: ServedName;
      /** What comes as SNI, lower case: the name itself, or the reverse-mapping name of an address (RFC 8738 §6), without a final dot. */
      readonly serverName: string;
      /** PEM, self-signed, with the critical acmeIdentifier extension. */
      readonly certificate: string;
      /** PEM (PKCS #8). */
      readonly privateKey: string;
    };

/** What was being done when it failed. `renewalInfo`, `revoke` and `register` fail in `directory`, `account` or their own stage. */
export type Stage =
  | "directory"
  | "account"
  | "order"
  | "authorization"
  | "finalize"
  | "certificate"
  | "renewalInfo"
  | "revoke"
  /** Outside the protocol: our files, our process. */
  | "local";

export interface Failed {
  readonly kind: "failed";
  readonly stage: Stage;
  readonly problem: AcmeProblem;
  /**
   * Seconds from now for which the CA wants to be left alone (Retry-After in either form, measured against the CA's own clock),
   * 604,800 at most. Undefined: it said nothing.
   */
  readonly retryAfter?: number;
}

/** A name whose every wanted challenge failed, with the last failure. */
export interface FailedName {
  readonly name: ServedName;
  readonly problem: AcmeProblem;
}

export interface IssueRequest {
  readonly directory: AcmeDirectory;
  readonly account: AcmeAccount;
  /**
   * Directory (0700) of the order's state: `order-….json` (0600), with the certificate's private key, one for each CA. One directory for
   * each certificate that the edge keeps; whoever calls holds a lock on it, so that no two processes are at work in it.
   */
  readonly folder: string;
  readonly names: readonly [ServedName, ...ServedName[]];
  /** Undefined: `shortlived` where an address is among the names and the CA has that profile, otherwise the CA's own choice. */
  readonly profile?: string;
  /**
   * PEM of the certificate that this one replaces, from whichever CA. It makes this order another one than that certificate's own was
   * (a finished order that was not forgotten in time is not taken up again), and is named to a CA that has ARI (RFC 9773 §5).
   */
  readonly replaces?: string;
  /** The CA is not told of `replaces`: it failed at it before (an error of its own, no refusal), and that must not stop the new one. */
  readonly tacit?: boolean;
  /** In the order in which they are tried for each name; one alone is forced. */
  readonly challenges: readonly [ChallengeType, ...ChallengeType[]];
}

export interface Registration {
  /** The CA's terms, to be shown; undefined: it has none. */
  readonly termsOfService?: string | undefined;
}

export interface PlannedOrder {
  /** The CA is told which certificate it replaces: at Let's Encrypt no rate limit counts it. */
  readonly replaces: boolean;
}

export interface FailedAuthorization {
  readonly name: ServedName;
  readonly challenge: ChallengeType;
  readonly problem: AcmeProblem;
}

/** Something that was mended on the way, and that the operator should hear. */
export interface Notice {
  readonly code:
    /** A file was cut short or is no longer ours; it was moved to `movedTo`, and what it held is made anew. */
    | "damagedFile"
    /** The CA does not know the account of the saved key any more; the same key was registered anew. */
    | "accountLost"
    /** The CA did not take `replaces`; the order goes without it. */
    | "replacesRefused";
  readonly path?: string;
  readonly movedTo?: string;
}

/**
 * What the child asks of the main process; it waits for every answer. Where one throws (`present` and `cleanUp` apart), the work ends and
 * `issue` rejects with what was thrown; the state on disk stays as it was.
 */
export interface RegisterHooks {
  /** Before each newAccount that may make an account (10 in 3 hours and address at Let's Encrypt). false: don't; fails as `declined`. */
  registering(registration: Registration): Promise<boolean>;
  notice(notice: Notice): void;
}

export interface IssueHooks extends RegisterHooks {
  /**
   * Before each newOrder: the moment to write the ledger. false: don't; fails as `declined`. Not called for an order that is resumed.
   * It may be called again within one `issue`: for the next challenge type, and when the CA refuses `replaces`.
   */
  ordering(order: PlannedOrder): Promise<boolean>;
  /** Resolves once the answer is in place in every listener. Throwing means: not this type here; the other one is tried. */
  present(challenge: Challenge): Promise<void>;
  /** Called for everything that was presented, however the work ended, a killed child included. What it throws is ignored. */
  cleanUp(challenge: Challenge): Promise<void>;
  /** After each failed authorization, before anything else is ordered: the moment to write the ledger. */
  failedAuthorization(failure: FailedAuthorization): Promise<void>;
  /**
   * Stores the certificate. Only when this has resolved is the order forgotten on disk: killed before, the next `issue` fetches the same
   * certificate again and calls this again.
   */
  store(issued: IssuedCertificate): Promise<void>;
}

/** Checked: the chain can be read, the first certificate belongs to the key, covers every name, is for servers and valid now. */
export interface IssuedCertificate {
  /** PEM, leaf first, each block ending in a line feed. */
  readonly certificate: string;
  /** PEM (PKCS #8, ECDSA P-256). */
  readonly privateKey: string;
  /** What the CA was asked for; undefined: the CA chose. */
  readonly profile?: string | undefined;
  /** By which challenge each name was proved just now; a name whose authorization the CA remembered is not in it. */
  readonly proved: readonly { readonly name: ServedName; readonly challenge: ChallengeType }[];
}

export type IssueOutcome =
  | ({ readonly kind: "issued" } & IssuedCertificate)
  /** `failedNames` has every name that failed for good; the others' authorizations are remembered by the CA for an order without it. */
  | (Failed & { readonly failedNames: readonly FailedName[] });

/** RFC 9773 §4.2. */
export type RenewalInfoOutcome =
  | {
      readonly kind: "window";
      /** Milliseconds since the epoch; start < end. */
      readonly start: number;
      readonly end: number;
      /** A page that says why, when the CA gave one (https). */
      readonly explanation?: string;
      /** Seconds until the CA should be asked again, 60 to 86,400. Default 21,600. */
      readonly retryAfter: number;
    }
  /** The CA has no ARI, or the certificate has no identifier in it (no authority key identifier). */
  | { readonly kind: "unsupported" }
  | Failed;

/** What a CA says of itself. */
export interface DirectoryInfo {
  readonly kind: "directory";
  /** Undefined: there are none. */
  readonly termsOfService?: string | undefined;
  /** Names for CAA records (RFC 8555 §7.1.1). */
  readonly caaIdentities: readonly string[];
  readonly externalAccountRequired: boolean;
  /** Names of the profiles; empty: the CA has none. */
  readonly profiles: readonly string[];
  readonly hasRenewalInfo: boolean;
  /** Seconds by which this machine's clock is ahead of the CA's Date field; undefined: there was none. */
  readonly clockAhead?: number | undefined;
}

export interface RevokeRequest {
  readonly directory: AcmeDirectory;
  /** Must exist. */
  readonly account: AcmeAccount;
  /** PEM; the first certificate in it is revoked. */
  readonly certificate: string;
  /** PEM. When given, the certificate's own key signs, and no account is needed (RFC 8555 §7.6). */
  readonly privateKey?: string;
  /** RFC 5280 §5.3.1; 1: the key was stolen, 4: superseded, 5: no longer used. Undefined: none is given. */
  readonly reason?: 0 | 1 | 4 | 5;
}

/** The whole protocol. Every call rejects with the signal's reason when it aborts, and then the child is gone. */
export interface AcmeProtocol {
  /** Obtains a certificate, or goes on with an order that a killed process left behind. Orders nothing twice. */
  issue(request: IssueRequest, hooks: IssueHooks, signal: AbortSignal): Promise<IssueOutcome>;
  /** When the CA wants this certificate (PEM, leaf first) renewed. */
  renewalInfo(directory: AcmeDirectory, certificate: string, signal: AbortSignal): Promise<RenewalInfoOutcome>;
  /** `alreadyRevoked` is a success. */
  revoke(request: RevokeRequest, signal: AbortSignal): Promise<{ readonly kind: "revoked" } | Failed>;
  /** Makes the account, or finds it again. */
  register(
    request: Pick<IssueRequest, "directory" | "account">,
    hooks: RegisterHooks,
    signal: AbortSignal,
  ): Promise<{ readonly kind: "registered"; readonly accountUrl: string } | Failed>;
  /** Asks the CA what it offers. */
  directory(directory: AcmeDirectory, signal: AbortSignal): Promise<DirectoryInfo | Failed>;
}

/** How long things may take. Tests have less patience. */
export interface AcmePatience {
  /** Milliseconds for one HTTP request with its answer. Default 30,000. */
  readonly request: number;
  /** Milliseconds for which the CA may validate, or process an order. Default 180,000 each. */
  readonly decision: number;
  /** Milliseconds for the whole work of a child; it is killed then. Default 900,000. */
  readonly work: number;
}
