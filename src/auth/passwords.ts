/**
 * The one place where passwords are checked, for HTTP Basic and the sign-in page alike: what is known already, then bcrypt in its
 * thread. Whoever asks has already taken the name and the password apart; nobody else compares one.
 */
import { createBcryptPool } from "./basic/bcrypt-pool.ts";
import { isPossible } from "./basic/credentials.ts";
import { createDecoys } from "./basic/decoy.ts";
import { createVerifiedCache } from "./basic/verified-cache.ts";
import { User } from "./user.ts";
import type { Limits } from "../config/limits.ts";
import type { Exchange } from "../exchange.ts";
import type { Log } from "../log/log.ts";
import type { BcryptPool } from "./basic/bcrypt-pool.ts";
import type { HtpasswdEntry } from "./basic/htpasswd.ts";
import type { KnownDevices } from "./throttle/known-device.ts";

/** What checking passwords needs of a users file. */
export interface UsersSource {
  readonly users: ReadonlyMap<string, HtpasswdEntry>;
  /** Another number after every change of `users`. */
  readonly generation: number;
  onChange?(listener: (lost: ReadonlySet<string>) => void): () => void;
}

export interface PasswordsOptions {
  readonly users: UsersSource;
  readonly devices: Pick<KnownDevices, "recognise">;
  readonly limits: Pick<Limits, "passwordChecks">;
  /** Credentials known as verified at once. Default 10,000. */
  readonly verifiedCredentials?: number;
  /** What checks passwords; it is closed with this. Default: a pool of its own, bounded by `limits`. */
  readonly pool?: BcryptPool;
  readonly log?: Log;
}

export interface PasswordAttempt {
  /** As typed; a name that nobody can have is wrong like any other. */
  readonly name: string;
  /** As typed; one that nobody can have (over 72 octets in UTF-8, with control characters) is wrong like any other. */
  readonly password: string;
  /** Whose attempt it is: its client, its cookies, and the signal that it has left. */
  readonly exchange: Exchange;
}

export type PasswordOutcome =
  | { readonly kind: "verified"; readonly user: User }
  | {
      readonly kind: "wrong";
      /** The same wrong credential came from the same place before: a device with an old saved password, and no guessing. */
      readonly repeated: boolean;
    }
  /** Too many failures: nothing was looked at, and a right password is answered the same. */
  | { readonly kind: "throttled"; /** Seconds, 1 to 3,600. */ readonly retryAfter: number }
  /** Too many checks at this moment. */
  | { readonly kind: "busy"; /** Seconds, 1 to 5. */ readonly retryAfter: number };

export interface Passwords {
  /**
   * Answers at once (no promise) when nothing has to be computed.
   * Throws `client_left` when the exchange's client leaves meanwhile, `internal` when the thread fails, `shutting_down` after `close`.
   */
  check(attempt: PasswordAttempt): PasswordOutcome | Promise<PasswordOutcome>;
  /** What the checks are doing, for metrics and tests. */
  readonly checks: Pick<BcryptPool, "started" | "waiting">;
  /** Checks that wait end with `shutting_down`. */
  close(): Promise<void>;
}

/** How often a check is made anew because the user's line changed under it; a file that changes faster than that rejects. */
const RECHECKS = 2;

const WRONG: PasswordOutcome = { kind: "wrong", repeated: false };

export function createPasswords(options: PasswordsOptions): Passwords {
  const { users: source, limits, verifiedCredentials, log } = options;
  const { pool = createBcryptPool({ capacity: limits.passwordChecks, log }) } = options;
  const cache = createVerifiedCache(verifiedCredentials === undefined ? {} : { capacity: verifiedCredentials });
  const decoyOf = createDecoys(source);
  const unsubscribe = source.onChange?.((lost) => cache.drop(lost));
  /** A user's outcome, made once: the hot path allocates nothing. */
  const outcomes = new WeakMap<User, PasswordOutcome>();

  function check(attempt: PasswordAttempt): PasswordOutcome | Promise<PasswordOutcome> {
    const { name, password, exchange } = attempt;
    if (!isPossible(name, password)) return WRONG;
    const key = cache.key(name, password, exchange.client.prefix);
    const user = cache.find(key, name, source.users.get(name)?.hash);
    return user === undefined ? compare(attempt, key) : verified(user);
  }

  async function compare({ name, password, exchange: { id, client, signal } }: PasswordAttempt, key: string): Promise<PasswordOutcome> {
    for (let recheck = 0; recheck <= RECHECKS; recheck += 1) {
      const known = source.users.get(name)?.hash;
      const hash = known ?? decoyOf(name);
      const outcome = await pool.check({ key: `${key} ${hash}`, prefix: client.prefix, password, hash, signal });
      if (outcome.kind === "busy") return outcome;
      // The file may have changed meanwhile: what counts is the line that stands now.
      if (source.users.get(name)?.hash !== known) continue;
      if (outcome.kind === "mismatch" || known === undefined) break;
      const user = cache.find(key, name, known) ?? User.verified(name);
      cache.add(key, user, known);
      log?.signedIn({ id, client: client.address, user: name });
      return verified(user);
    }
    return WRONG;
  }

  function verified(user: User): PasswordOutcome {
    let outcome = outcomes.get(user);
    if (outcome === undefined) {
      outcome = { kind: "verified", user };
      outcomes.set(user, outcome);
    }
    return outcome;
  }

  return {
    check,
    checks: pool,
    async close() {
      unsubscribe?.();
      await pool.close();
    },
  };
}
