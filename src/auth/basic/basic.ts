/** HTTP Basic (RFC 7617) against the users file: memo of the connection, then the verified cache, then bcrypt. */
import { ERRORS } from "../../errors.ts";
import { User } from "../user.ts";
import { createBcryptPool } from "./bcrypt-pool.ts";
import { parseCredentials } from "./credentials.ts";
import { createDecoys } from "./decoy.ts";
import { detached } from "../../http1/detached.ts";
import { createVerifiedCache } from "./verified-cache.ts";
import type { Limits } from "../../config/limits.ts";
import type { Exchange, Reply } from "../../exchange.ts";
import type { Log } from "../../log/log.ts";
import type { Authenticator, AuthResult } from "../authenticator.ts";
import type { BcryptPool } from "./bcrypt-pool.ts";
import type { HtpasswdEntry } from "./htpasswd.ts";

/** What Basic needs of a users file. */
export interface UsersSource {
  readonly users: ReadonlyMap<string, HtpasswdEntry>;
  /** Another number after every change of `users`. */
  readonly generation: number;
  onChange?(listener: (lost: ReadonlySet<string>) => void): () => void;
}

export interface BasicOptions {
  readonly users: UsersSource;
  readonly limits: Pick<Limits, "passwordChecks">;
  /** What the browser's dialog shows, in printable ASCII. Default `OpenClaw`. */
  readonly realm?: string;
  /** Credentials known as verified at once. Default 10,000. */
  readonly verifiedCredentials?: number;
  /** What checks passwords; it is closed with this method. Default: a pool of its own, bounded by `limits`. */
  readonly pool?: BcryptPool;
  readonly log?: Log;
}

export interface Basic extends Authenticator {
  /** What the checks are doing, for metrics and tests. */
  readonly checks: Pick<BcryptPool, "started" | "waiting">;
  /** Checks that wait end with `shutting_down`. */
  close(): Promise<void>;
}

/** How often a check is made anew because the user's line changed under it; a file that changes faster than that rejects. */
const RECHECKS = 2;

const ABSENT: AuthResult = { kind: "absent" };
const MALFORMED: AuthResult = { kind: "rejected", reason: "malformed" };

export function createBasic(options: BasicOptions): Basic {
  const { users: source, limits, realm = "OpenClaw", verifiedCredentials, log } = options;
  const { pool = createBcryptPool({ capacity: limits.passwordChecks, log }) } = options;
  const cache = createVerifiedCache(verifiedCredentials === undefined ? {} : { capacity: verifiedCredentials });
  const decoyOf = createDecoys(source);
  const unsubscribe = source.onChange?.((lost) => cache.drop(lost));
  /** A user's result, made once: the hot path allocates nothing. */
  const results = new WeakMap<User, AuthResult>();
  const challenges = challengesFor(realm);

  function authenticate(exchange: Exchange): AuthResult | Promise<AuthResult> {
    const { head, memo } = exchange;
    const value = head.fields.first("authorization");
    if (value === undefined) return ABSENT;
    // Of two, the Gateway or a log could take the other one.
    if (head.fields.count("authorization") > 1) return MALFORMED;
    if (memo.user !== undefined && memo.authorization === value && memo.generation === source.generation) return resultFor(memo.user);

    const credentials = parseCredentials(value);
    switch (credentials.kind) {
      case "other":
        return ABSENT;
      case "malformed":
        return MALFORMED;
      case "too-long":
        return { kind: "rejected", reason: "wrong", candidate: credentials.name };
      case "basic":
        break;
      default:
        return credentials satisfies never;
    }
    const key = cache.key(value, exchange.client.prefix);
    const { name, password } = credentials;
    const user = cache.find(key, name, source.users.get(name)?.hash);
    if (user !== undefined) return remember(exchange, value, user);
    return check(exchange, { value, key, name, password });
  }

  async function check(
    exchange: Exchange,
    { value, key, name, password }: { readonly value: string; readonly key: string; readonly name: string; readonly password: string },
  ): Promise<AuthResult> {
    for (let recheck = 0; recheck <= RECHECKS; recheck += 1) {
      const known = source.users.get(name)?.hash;
      const hash = known ?? decoyOf(name);
      const { prefix } = exchange.client;
      const outcome = await pool.check({ key: `${key} ${hash}`, prefix, password, hash, signal: exchange.signal });
      if (outcome.kind === "busy") return { kind: "reply", reply: busy(outcome.retryAfter) };
      // The file may have changed meanwhile: what counts is the line that stands now.
      if (source.users.get(name)?.hash !== known) continue;
      if (outcome.kind === "mismatch" || known === undefined) break;
      const user = cache.find(key, name, known) ?? User.verified(name);
      cache.add(key, user, known);
      return remember(exchange, value, user);
    }
    return { kind: "rejected", reason: "wrong", candidate: name };
  }

  function remember({ memo }: Exchange, value: string, user: User): AuthResult {
    memo.authorization = detached(value); // the memo lives as long as the connection, the head shall not
    memo.user = user;
    memo.generation = source.generation;
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
    checks: pool,
    async close() {
      unsubscribe?.();
      await pool.close();
    },
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

function busy(retryAfter: number): Reply {
  return {
    status: ERRORS.sign_in_busy.status,
    fields: [["Retry-After", String(retryAfter)], ...PLAIN_TEXT],
    body: `${ERRORS.sign_in_busy.message} Try again in ${retryAfter} s.\n`,
    code: "sign_in_busy",
  };
}

const PLAIN_TEXT: Reply["fields"] = [
  ["Content-Type", "text/plain; charset=utf-8"],
  ["Cache-Control", "no-store"],
];
