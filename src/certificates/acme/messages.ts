/**
 * What passes between the edge and the child, as JSON, checked on both sides: the child has read what a CA wrote, and its messages are
 * believed no further than their form.
 */
import type { ServedName } from "../../config/served-name.ts";
import type {
  AcmeAccount,
  AcmeDirectory,
  AcmePatience,
  AcmeProblem,
  Challenge,
  DirectoryInfo,
  Failed,
  FailedAuthorization,
  FailedName,
  FailureCode,
  IssuedCertificate,
  IssueRequest,
  Notice,
  PlannedOrder,
  Registration,
  RenewalInfoOutcome,
  RevokeRequest,
} from "./contract.ts";
import { FAILURE_CODES } from "./failure-codes.ts";
import { either, flag, list, nonEmpty, oneOf, quantity, shape, text, type Guard } from "./guard.ts";

export type Task =
  | { readonly task: "issue"; readonly request: IssueRequest }
  | { readonly task: "register"; readonly request: { readonly directory: AcmeDirectory; readonly account: AcmeAccount } }
  | { readonly task: "revoke"; readonly request: RevokeRequest }
  | { readonly task: "renewalInfo"; readonly request: { readonly directory: AcmeDirectory; readonly certificate: string } }
  | { readonly task: "directory"; readonly request: { readonly directory: AcmeDirectory } };

/** What a task came to. The certificate itself went with `store`. */
export type Outcome =
  | { readonly kind: "issued" }
  | { readonly kind: "revoked" }
  | { readonly kind: "registered"; readonly accountUrl: string }
  | DirectoryInfo
  | Exclude<RenewalInfoOutcome, Failed>
  | (Failed & { readonly failedNames: readonly FailedName[] });

/** A hook that the child waits for. */
export type Question =
  | { readonly hook: "registering"; readonly argument: Registration }
  | { readonly hook: "ordering"; readonly argument: PlannedOrder }
  | { readonly hook: "present" | "cleanUp"; readonly argument: Challenge }
  | { readonly hook: "failedAuthorization"; readonly argument: FailedAuthorization }
  | { readonly hook: "store"; readonly argument: IssuedCertificate };

export type ToChild =
  | { readonly kind: "work"; readonly task: Task; readonly patience: AcmePatience }
  | { readonly kind: "answer"; readonly id: number; readonly value: boolean }
  /** `present` could not. */
  | { readonly kind: "refusal"; readonly id: number; readonly reason: string };

export type FromChild =
  /** Its program is loaded. */
  | { readonly kind: "ready" }
  | { readonly kind: "question"; readonly id: number; readonly question: Question }
  | { readonly kind: "notice"; readonly notice: Notice }
  | { readonly kind: "done"; readonly outcome: Outcome };

const name: Guard<ServedName> = shape({ kind: oneOf("name", "ip"), value: text });
const challengeType = oneOf("http-01", "tls-alpn-01");
const code: Guard<FailureCode> = oneOf(...FAILURE_CODES);
const directory = shape({ url: text }, { caFile: text });
const account = shape({ folder: text }, { email: text, externalAccount: shape({ keyIdentifier: text, macKey: text }) });
const problem: Guard<AcmeProblem> = shape(
  { code, detail: text, subproblems: list(shape({ code, detail: text }, { identifier: name })) },
  { status: quantity },
);

const task: Guard<Task> = either(
  shape({
    task: oneOf("issue"),
    request: shape(
      { directory, account, folder: text, names: nonEmpty(name), challenges: nonEmpty(challengeType) },
      { profile: text, replaces: text, tacit: flag },
    ),
  }),
  shape({ task: oneOf("register"), request: shape({ directory, account }) }),
  shape({
    task: oneOf("revoke"),
    request: shape({ directory, account, certificate: text }, { privateKey: text, reason: oneOf(0, 1, 4, 5) }),
  }),
  shape({ task: oneOf("renewalInfo"), request: shape({ directory, certificate: text }) }),
  shape({ task: oneOf("directory"), request: shape({ directory }) }),
);

export const isToChild: Guard<ToChild> = either(
  shape({ kind: oneOf("work"), task, patience: shape({ request: quantity, decision: quantity, work: quantity }) }),
  shape({ kind: oneOf("answer"), id: quantity, value: flag }),
  shape({ kind: oneOf("refusal"), id: quantity, reason: text }),
);

const challenge: Guard<Challenge> = either(
  shape({ type: oneOf("http-01"), identifier: name, token: text, keyAuthorization: text }),
  shape({ type: oneOf("tls-alpn-01"), identifier: name, serverName: text, certificate: text, privateKey: text }),
);

const issued: Guard<IssuedCertificate> = shape(
  { certificate: text, privateKey: text, proved: list(shape({ name, challenge: challengeType })) },
  { profile: text },
);

const question: Guard<Question> = either(
  shape({ hook: oneOf("registering"), argument: shape({}, { termsOfService: text }) }),
  shape({ hook: oneOf("ordering"), argument: shape({ replaces: flag }) }),
  shape({ hook: oneOf("present", "cleanUp"), argument: challenge }),
  shape({ hook: oneOf("failedAuthorization"), argument: shape({ name, challenge: challengeType, problem }) }),
  shape({ hook: oneOf("store"), argument: issued }),
);

const stage = oneOf("directory", "account", "order", "authorization", "finalize", "certificate", "renewalInfo", "revoke", "local");

const outcome: Guard<Outcome> = either(
  shape({ kind: oneOf("issued") }),
  shape({ kind: oneOf("revoked") }),
  shape({ kind: oneOf("registered"), accountUrl: text }),
  shape(
    {
      kind: oneOf("directory"),
      caaIdentities: list(text),
      externalAccountRequired: flag,
      profiles: list(text),
      hasRenewalInfo: flag,
    },
    { termsOfService: text, clockAhead: quantity },
  ),
  shape({ kind: oneOf("window"), start: quantity, end: quantity, retryAfter: quantity }, { explanation: text }),
  shape({ kind: oneOf("unsupported") }),
  shape({ kind: oneOf("failed"), stage, problem, failedNames: list(shape({ name, problem })) }, { retryAfter: quantity }),
);

export const isFromChild: Guard<FromChild> = either(
  shape({ kind: oneOf("ready") }),
  shape({ kind: oneOf("question"), id: quantity, question }),
  shape({
    kind: oneOf("notice"),
    notice: shape({ code: oneOf("damagedFile", "accountLost", "replacesRefused") }, { path: text, movedTo: text }),
  }),
  shape({ kind: oneOf("done"), outcome }),
);
