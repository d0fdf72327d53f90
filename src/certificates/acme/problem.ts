/** The words for what goes wrong: types only. `failure-codes.ts` has them as values. */
import type { ServedName } from "../../config/served-name.ts";

/**
 * Why something failed. A closed list of our own words: fit for logs, metrics, files and `--notify`, wherever the failure came from.
 * Those of a CA are the error types of RFC 8555 §6.7, RFC 9773 §7.4 and the profiles draft under the same names.
 */
export type FailureCode =
  | CaErrorType
  /** The CA answered an error of a type that we don't know. */
  | "unknownError"
  /** No connection, a broken one, an untrusted certificate, or no answer in time. */
  | "unreachable"
  /** The answer was no ACME: not JSON, too large, or without what must be in it. */
  | "badAnswer"
  /** The CA demands an external account binding, and none was given. */
  | "externalAccountMissing"
  /** `registering` or `ordering` said no. */
  | "declined"
  /** The CA offers none of the wanted challenges for a name. */
  | "noChallenge"
  /** `present` threw. */
  | "notPresented"
  /** The CA had not decided when our patience ended. The order is kept, and taken up again by the next `issue`. */
  | "stillPending"
  /** The certificate does not belong to our key. It was thrown away, with its order. */
  | "certificateWrongKey"
  /** The certificate lacks a name that was ordered. It was thrown away, with its order. */
  | "certificateWrongNames"
  /** The certificate is not valid now, is not for servers, or can't be read. It was thrown away, with its order. */
  | "certificateUnusable"
  /** A file of ours can't be read or written (a full disk, a read-only directory), or `--acme-ca` names no certificates. */
  | "files"
  /** The child process crashed, was killed, or took longer than it may. What it had begun is taken up again by the next call. */
  | "childEnded";

export type CaErrorType =
  | "accountDoesNotExist"
  | "alreadyReplaced"
  | "alreadyRevoked"
  | "badCSR"
  | "badNonce"
  | "badPublicKey"
  | "badRevocationReason"
  | "badSignatureAlgorithm"
  | "caa"
  | "compound"
  | "conflict"
  | "connection"
  | "dns"
  | "externalAccountRequired"
  | "incorrectResponse"
  | "invalidContact"
  | "invalidProfile"
  | "malformed"
  | "orderNotReady"
  | "rateLimited"
  | "rejectedIdentifier"
  | "serverInternal"
  | "tls"
  | "unauthorized"
  | "unsupportedContact"
  | "unsupportedIdentifier"
  | "userActionRequired";

/** A failure in detail. */
export interface AcmeProblem {
  readonly code: FailureCode;
  /** HTTP status, where there was an answer. */
  readonly status?: number;
  /**
   * One line of at most 500 characters without control characters, for the log and for `certs list`. A CA or a stranger may have written
   * it (a CA quotes what it found on a web page): never for `--notify`, never for a page.
   */
  readonly detail: string;
  /** What it means name by name (RFC 8555 §6.7.1), 100 at most. */
  readonly subproblems: readonly { readonly code: FailureCode; readonly detail: string; readonly identifier?: ServedName }[];
}
