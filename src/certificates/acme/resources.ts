/** What a CA answers (RFC 8555 §7.1), read once: inside nothing is optional that must exist. */
import type { ServedName } from "../../config/served-name.ts";
import type { AcmeProblem } from "./contract.ts";
import { failure, oneLine } from "./failure.ts";
import { readIdentifier } from "./identifiers.ts";
import { asHttpsUrl, asList, asRecord, asText, type JsonRecord } from "./json.ts";
import { readProblem } from "./problem-document.ts";

export interface Directory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  readonly revokeCert: string;
  /** RFC 9773 §4.1; undefined: no ARI here. */
  readonly renewalInfo: string | undefined;
  readonly termsOfService: string | undefined;
  readonly caaIdentities: readonly string[];
  readonly externalAccountRequired: boolean;
  readonly profiles: readonly string[];
}

const ORDER_STATUSES = ["pending", "ready", "processing", "valid", "invalid"] as const;
const AUTHORIZATION_STATUSES = ["pending", "valid", "invalid", "deactivated", "expired", "revoked"] as const;
const CHALLENGE_STATUSES = ["pending", "processing", "valid", "invalid"] as const;

export interface Order {
  readonly status: (typeof ORDER_STATUSES)[number];
  readonly names: readonly ServedName[];
  readonly authorizations: readonly string[];
  readonly finalize: string;
  /** Undefined: the CA does not say. */
  readonly profile: string | undefined;
  /** There when `valid`. */
  readonly certificate: string | undefined;
  readonly problem: AcmeProblem | undefined;
}

export interface Authorization {
  readonly status: (typeof AUTHORIZATION_STATUSES)[number];
  readonly name: ServedName;
  readonly challenges: readonly OfferedChallenge[];
}

export interface OfferedChallenge {
  readonly type: string;
  readonly url: string;
  readonly status: (typeof CHALLENGE_STATUSES)[number];
  /** RFC 8555 §8.1: base64url of 128 bits at least. Empty for types that have none. */
  readonly token: string;
  readonly problem: AcmeProblem | undefined;
}

export function readDirectory(value: unknown): Directory {
  const directory = recordOf(value, "directory");
  const url = (name: string): string => must(asHttpsUrl(directory[name]), "directory", name);
  const meta = asRecord(directory["meta"]) ?? {};
  const terms = asText(meta["termsOfService"]);
  return {
    newNonce: url("newNonce"),
    newAccount: url("newAccount"),
    newOrder: url("newOrder"),
    revokeCert: url("revokeCert"),
    renewalInfo: asHttpsUrl(directory["renewalInfo"]),
    termsOfService: terms === undefined ? undefined : oneLine(terms),
    caaIdentities: (asList(meta["caaIdentities"]) ?? []).filter((each) => asText(each) !== undefined).map((each) => oneLine(String(each))),
    externalAccountRequired: meta["externalAccountRequired"] === true,
    profiles: Object.keys(asRecord(meta["profiles"]) ?? {}).slice(0, 100),
  };
}

export function readOrder(value: unknown): Order {
  const order = recordOf(value, "order");
  const identifiers = must(asList(order["identifiers"]), "order", "identifiers");
  const authorizations = must(asList(order["authorizations"]), "order", "authorizations");
  return {
    status: statusOf(order, ORDER_STATUSES, "order"),
    names: identifiers.map((each) => must(readIdentifier(each), "order", "identifiers")),
    authorizations: authorizations.slice(0, 100).map((each) => must(asHttpsUrl(each), "order", "authorizations")),
    finalize: must(asHttpsUrl(order["finalize"]), "order", "finalize"),
    profile: asText(order["profile"]),
    certificate: asHttpsUrl(order["certificate"]),
    problem: readProblem(order["error"]),
  };
}

export function readAuthorization(value: unknown): Authorization {
  const authorization = recordOf(value, "authorization");
  const challenges = (asList(authorization["challenges"]) ?? []).slice(0, 20);
  return {
    status: statusOf(authorization, AUTHORIZATION_STATUSES, "authorization"),
    name: must(readIdentifier(authorization["identifier"]), "authorization", "identifier"),
    challenges: challenges.map(readChallenge),
  };
}

const TOKEN = /^[A-Za-z0-9_-]{16,512}$/;

function readChallenge(value: unknown): OfferedChallenge {
  const challenge = recordOf(value, "challenge");
  const type = must(asText(challenge["type"]), "challenge", "type");
  const token = asText(challenge["token"]) ?? "";
  // A token becomes a part of a URL's path and of an answer: what is not base64url must not get there.
  if ((type === "http-01" || type === "tls-alpn-01") && !TOKEN.test(token)) throw incomplete("challenge", "token");
  return {
    type,
    url: must(asHttpsUrl(challenge["url"]), "challenge", "url"),
    status: statusOf(challenge, CHALLENGE_STATUSES, "challenge"),
    token,
    problem: readProblem(challenge["error"]),
  };
}

const recordOf = (value: unknown, what: string): JsonRecord => {
  const record = asRecord(value);
  if (record === undefined) throw failure("badAnswer", `The CA answered something that is no ${what}.`);
  return record;
};

function must<T>(value: T | undefined, what: string, field: string): T {
  if (value === undefined) throw incomplete(what, field);
  return value;
}

const incomplete = (what: string, field: string) => failure("badAnswer", `The CA's ${what} has no usable "${field}".`);

function statusOf<const S extends string>(record: JsonRecord, known: readonly S[], what: string): S {
  const status = known.find((each) => each === record["status"]);
  return must(status, what, "status");
}
