/**
 * The one place where passwords are checked, for HTTP Basic and the sign-in page alike, in this order: the throttle, what is known to be
 * right, what is known to be wrong, bcrypt in its thread. A memory that answered before the throttle would be an oracle at full speed.
 */
import { createBcryptPool } from "./basic/bcrypt-pool.ts";
import { isPossible } from "./basic/credentials.ts";
import { USER_NAME } from "./basic/htpasswd.ts";
import { createDecoys } from "./basic/decoy.ts";
import { createVerifiedCache } from "./basic/verified-cache.ts";
import { createWrongMemory } from "./basic/wrong-memory.ts";
import { sharedAddressSpeaker } from "./throttle/shared-address.ts";
import { User } from "./user.ts";
import type { Limits } from "../config/limits.ts";
import type { Exchange } from "../exchange.ts";
import type { Log } from "../log/log.ts";
import type { BcryptPool } from "./basic/bcrypt-pool.ts";
import type { HtpasswdEntry } from "./basic/htpasswd.ts";
import type { KnownDevices } from "./throttle/known-device.ts";
import type { IsShared } from "./throttle/shared-address.ts";
import type { Guesser, Throttle } from "./throttle/throttle.ts";

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
  readonly throttle: Pick<Throttle, "wait" | "failed">;
  /** Whether everybody may come from this address. Default: from none. */
  readonly isShared?: IsShared;
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

/** Checks that wait from an address that everybody shares, where one from each client would be one in all. */
const SHARED_PLACES = 16;

const WRONG: PasswordOutcome = { kind: "wrong", repeated: false };
const WRONG_AGAIN: PasswordOutcome = { kind: "wrong", repeated: true };

export function createPasswords(options: PasswordsOptions): Passwords {
  const { users: source, devices, throttle, isShared = () => false, limits, verifiedCredentials, log } = options;
  const { pool = createBcryptPool({ capacity: limits.passwordChecks, log }) } = options;
  const cache = createVerifiedCache(verifiedCredentials === undefined ? {} : { capacity: verifiedCredentials });
  const wrong = createWrongMemory();
  const decoyOf = createDecoys(source);
  const unsubscribe = source.onChange?.((lost) => cache.drop(lost));
  const saySharedOnce = sharedAddressSpeaker(log);
  /** A user's outcome, made once: the hot path allocates nothing. */
  const outcomes = new WeakMap<User, PasswordOutcome>();

  function check(attempt: PasswordAttempt): PasswordOutcome | Promise<PasswordOutcome> {
    const { name, password, exchange } = attempt;
    let guesser = strangerOf(attempt);
    let wait = throttle.wait(guesser);
    if (wait > 0) {
      guesser = deviceOf(attempt) ?? guesser;
      if (guesser.kind === "device") wait = throttle.wait(guesser);
      if (wait > 0) return { kind: "throttled", retryAfter: wait };
    }
    if (!isPossible(name, password)) return WRONG;
    const key = cache.key(name, password, exchange.client.prefix);
    const user = cache.find(key, name, source.users.get(name)?.hash);
    if (user !== undefined) return verified(user);
    if (wrong.has(key, lineOf(name).hash)) return WRONG_AGAIN;
    guesser = deviceOf(attempt) ?? guesser;
    wait = throttle.wait(guesser);
    return wait > 0 ? { kind: "throttled", retryAfter: wait } : compare(attempt, key, guesser);
  }

  async function compare({ name, password, exchange }: PasswordAttempt, key: string, guesser: Guesser): Promise<PasswordOutcome> {
    const isDevice = guesser.kind === "device";
    const lane = {
      reserved: isDevice,
      prefix: isDevice ? name : exchange.client.prefix,
      ...(isSharedBy(guesser) && { places: SHARED_PLACES }),
    };
    let isFirst = true;
    for (let recheck = 0; recheck <= RECHECKS; recheck += 1) {
      const { known, hash } = lineOf(name);
      // Who has tries of his own waits for nobody else's check, even of the same password.
      const flight = `${key} ${hash}${isDevice ? " device" : ""}`;
      if (recheck === 0) isFirst = !pool.isUnderWay(flight);
      const outcome = await pool.check({
        ...lane,
        key: flight,
        password,
        hash,
        signal: exchange.signal,
        // The others' checks that were before this one are known at its turn: only what they found wrong counts.
        ...(recheck === 0 && { refusal: () => throttle.wait(guesser) }),
        ended(match) {
          if (match) return;
          wrong.add(key, hash);
          if (recheck === 0) throttle.failed(guesser);
        },
      });
      if (outcome.kind === "busy") return outcome;
      if (outcome.kind === "refused") return { kind: "throttled", retryAfter: outcome.retryAfter };
      // The file may have changed meanwhile: what counts is the line that stands now.
      if (source.users.get(name)?.hash !== known) continue;
      if (outcome.kind === "mismatch" || known === undefined) break;
      const user = cache.find(key, name, known) ?? User.verified(name);
      cache.add(key, user, known);
      if (isFirst) log?.signedIn({ id: exchange.id, client: exchange.client.address, user: name });
      return verified(user);
    }
    return WRONG;
  }

  /** What to compare with. The decoy is drawn for every name: what an unknown one costs, all do. */
  function lineOf(name: string): { readonly known: string | undefined; readonly hash: string } {
    const decoy = decoyOf(name);
    const known = source.users.get(name)?.hash;
    return { known, hash: known ?? decoy };
  }

  function strangerOf({ name, exchange: { client } }: PasswordAttempt): Guesser {
    const shared = isShared(client.address);
    if (shared) saySharedOnce(client.address);
    return { kind: "stranger", prefix: shared ? undefined : client.prefix, name: USER_NAME.test(name) ? name : undefined };
  }

  function deviceOf({ name, exchange: { head } }: PasswordAttempt): Guesser | undefined {
    const device = devices.recognise(head, name);
    return device === undefined ? undefined : { kind: "device", device };
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

const isSharedBy = (guesser: Guesser): boolean => guesser.kind === "stranger" && guesser.prefix === undefined;
