/** HTTP Basic (RFC 7617): the memo of the connection, then whoever checks passwords. */
import { ERRORS } from "../../errors.ts";
import { detached } from "../../http1/detached.ts";
import { parseCredentials } from "./credentials.ts";
import type { Exchange, Reply } from "../../exchange.ts";
import type { Authenticator, AuthResult } from "../authenticator.ts";
import type { PasswordOutcome, Passwords, UsersSource } from "../passwords.ts";
import type { User } from "../user.ts";

export interface BasicOptions {
  readonly users: Pick<UsersSource, "generation">;
  readonly passwords: Pick<Passwords, "check">;
  /** What the browser's dialog shows, in printable ASCII. Default `OpenClaw`. */
  readonly realm?: string;
}

const ABSENT: AuthResult = { kind: "absent" };
const MALFORMED: AuthResult = { kind: "rejected", reason: "malformed" };

export function createBasic({ users, passwords, realm = "OpenClaw" }: BasicOptions): Authenticator {
  /** A user's result, made once: the hot path allocates nothing. */
  const results = new WeakMap<User, AuthResult>();
  const challenges = challengesFor(realm);

  function authenticate(exchange: Exchange): AuthResult | Promise<AuthResult> {
    const { head, memo } = exchange;
    const value = head.fields.first("authorization");
    if (value === undefined) return ABSENT;
    // Of two, the Gateway or a log could take the other one.
    if (head.fields.count("authorization") > 1) return MALFORMED;
    if (memo.user !== undefined && memo.authorization === value && memo.generation === users.generation) return resultFor(memo.user);

    const credentials = parseCredentials(value);
    switch (credentials.kind) {
      case "other":
        return ABSENT;
      case "malformed":
        return MALFORMED;
      case "basic":
        break;
      default:
        return credentials satisfies never;
    }
    const { name, password } = credentials;
    const outcome = passwords.check({ name, password, exchange });
    return outcome instanceof Promise ? outcome.then((late) => judge(late, name, exchange)) : judge(outcome, name, exchange);
  }

  function judge(outcome: PasswordOutcome, name: string, exchange: Exchange): AuthResult {
    switch (outcome.kind) {
      case "verified":
        return remember(exchange, outcome.user);
      case "wrong":
        return { kind: "rejected", reason: "wrong", candidate: name, ...(outcome.repeated && { repeated: true }) };
      case "throttled":
        return { kind: "reply", reply: waitReply("sign_in_throttled", outcome.retryAfter) };
      case "busy":
        return { kind: "reply", reply: waitReply("sign_in_busy", outcome.retryAfter) };
      default:
        return outcome satisfies never;
    }
  }

  function remember({ head, memo }: Exchange, user: User): AuthResult {
    memo.authorization = detached(head.fields.first("authorization") ?? ""); // the memo lives as long as the connection, the head shall not
    memo.user = user;
    memo.generation = users.generation;
    return resultFor(user);
  }

  function resultFor(user: User): AuthResult {
    let result = results.get(user);
    if (result === undefined) {
      result = { kind: "authenticated", user };
      results.set(user, result);
    }
    return result;
  }

  return {
    method: "basic",
    authenticate,
    // The Control UI's own fetches carry Bearer: a Basic challenge to those makes Chromium forget the password it has, and ask
    // again and again.
    challenge: ({ head }) => (head.fields.all("authorization").some(isBearer) ? challenges.bearer : challenges.basic),
  };
}

function isBearer(value: string): boolean {
  return /^bearer(?: |$)/i.test(value);
}

function challengesFor(realm: string): { readonly basic: Reply; readonly bearer: Reply } {
  // Control and non-ASCII characters would break the field; the configuration should have refused them.
  if (!/^[\x20-\x7e]{1,128}$/.test(realm)) throw new RangeError("The realm must be 1 to 128 printable ASCII characters.");
  const quoted = `"${realm.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
  return {
    basic: unauthorized(`Basic realm=${quoted}, charset="UTF-8"`, "Send a user name and password with HTTP Basic."),
    bearer: unauthorized(
      `Bearer realm=${quoted}`,
      "A Bearer token is not taken here. Open this address in a browser and sign in there first.",
    ),
  };
}

function unauthorized(challenge: string, mend: string): Reply {
  return {
    status: ERRORS.credentials_required.status,
    fields: [["WWW-Authenticate", challenge], ...PLAIN_TEXT],
    body: `${ERRORS.credentials_required.message} ${mend}\n`,
    code: "credentials_required",
  };
}

function waitReply(code: "sign_in_throttled" | "sign_in_busy", retryAfter: number): Reply {
  return {
    status: ERRORS[code].status,
    fields: [["Retry-After", String(retryAfter)], ...PLAIN_TEXT],
    body: `${ERRORS[code].message} Try again in ${retryAfter} s.\n`,
    code,
  };
}

const PLAIN_TEXT: Reply["fields"] = [
  ["Content-Type", "text/plain; charset=utf-8"],
  ["Cache-Control", "no-store"],
];
