import type { CaErrorType, FailureCode } from "./contract.ts";

/** Held complete by the compiler: a code that is missing here does not compile. */
const CA: Readonly<Record<CaErrorType, true>> = {
  accountDoesNotExist: true,
  alreadyReplaced: true,
  alreadyRevoked: true,
  badCSR: true,
  badNonce: true,
  badPublicKey: true,
  badRevocationReason: true,
  badSignatureAlgorithm: true,
  caa: true,
  compound: true,
  conflict: true,
  connection: true,
  dns: true,
  externalAccountRequired: true,
  incorrectResponse: true,
  invalidContact: true,
  invalidProfile: true,
  malformed: true,
  orderNotReady: true,
  rateLimited: true,
  rejectedIdentifier: true,
  serverInternal: true,
  tls: true,
  unauthorized: true,
  unsupportedContact: true,
  unsupportedIdentifier: true,
  userActionRequired: true,
};

const OURS: Readonly<Record<Exclude<FailureCode, CaErrorType>, true>> = {
  unknownError: true,
  unreachable: true,
  badAnswer: true,
  externalAccountMissing: true,
  declined: true,
  noChallenge: true,
  notPresented: true,
  stillPending: true,
  certificateWrongKey: true,
  certificateWrongNames: true,
  certificateUnusable: true,
  files: true,
  childEnded: true,
};

export const FAILURE_CODES = Object.keys({ ...CA, ...OURS }) as readonly FailureCode[];

const PREFIX = "urn:ietf:params:acme:error:";

/** Our word for a CA's error type. */
export function codeOf(type: unknown): FailureCode {
  if (typeof type !== "string" || !type.startsWith(PREFIX)) return "unknownError";
  const name = type.slice(PREFIX.length);
  return Object.hasOwn(CA, name) ? (name as CaErrorType) : "unknownError";
}
