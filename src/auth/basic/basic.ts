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
  /** Whether a proxy of the operator's own stands at that address. Default: at none. */
  readonly isHop?: ((address: string) => boolean) | undefined;
}

const ABSENT: AuthResult = { kind: "absent" };
const MALFORMED: AuthResult = { kind: "rejected", reason: "malformed" };

export function createBasic({ users, passwords, isHop }: BasicOptions): Authenticator {
  /** A user's result, made once: the hot path allocates nothing. */
  const results = new WeakMap<User, AuthResult>();

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

  /**
   * The memo answers before the throttle, and so it is only for a connection of one client. Over one that a proxy shares, somebody else
   * could try passwords as fast as he can write them, and be told by it which one the last user has.
   */
  function remember({ client, head, memo }: Exchange, user: User): AuthResult {
    if (client.port === 0 || isHop?.(client.address) === true) return resultFor(user);
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

  return { method: "basic", authenticate };
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
