/**
 * Waits between guesses. Failures are counted by client prefix and by name, and for a known device by that device alone: strangers who
 * guess at a name make strangers wait, and not its owner on a device he uses. Names that do not exist count like those that do.
 */
import { hash, hkdfSync } from "node:crypto";

import { Ledger } from "./ledger.ts";
import { networkOf } from "./network.ts";
import type { Log } from "../../log/log.ts";
import type { KeptLine } from "./ledger.ts";

/** Whose attempt it is. */
export type Guesser =
  | { readonly kind: "device"; readonly device: string }
  | {
      readonly kind: "stranger";
      /** undefined: everybody comes from that address, so it tells nothing. */
      readonly prefix: string | undefined;
      /** undefined: nobody can have that name. */
      readonly name: string | undefined;
    };

export interface ThrottleOptions {
  /** Failures of a client or a device without a wait; a name has twice as many, an IPv6 /48 eight times. */
  readonly free: number;
  /** The key of the state directory: names in the throttle's file are hashed with it. */
  readonly secret: Uint8Array;
  readonly log?: Log | undefined;
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number;
}

/** What is kept in a file, by kind of key. */
export type KeptLines = Readonly<Record<Kind, readonly KeptLine[]>>;

export interface Throttle {
  /**
   * Seconds until this guesser may try; 0: now. Looks, and counts nothing. Whoever checks passwords asks right before each check and makes
   * one at a time: then many at once get no further than one after the other, and nobody is refused for what others have not done yet.
   */
  wait(guesser: Guesser): number;
  /** Counts a password that was found wrong. */
  failed(guesser: Guesser): void;
  /** At most so many of each kind: those with the most failures. */
  lines(most: number): KeptLines;
  restore(lines: Partial<KeptLines>): void;
  /** Entries in all. */
  readonly size: number;
  /** How many of each kind have to wait at this moment. */
  waiting(): Readonly<Record<Kind, number>>;
  /** Is called when a failure was counted. */
  onFailure: (() => void) | undefined;
}

export type Kind = "prefix" | "network" | "name" | "device";

/** Entries of each kind, about 150 octets each: under 5 MB when all are taken. One core checks about 45,000 passwords in an hour. */
const CAPACITY: Readonly<Record<Kind, number>> = { prefix: 16_384, network: 4_096, name: 8_192, device: 2_048 };

/** Milliseconds between two lines of the log. */
const SAID_EVERY = 60_000;

export function createThrottle({ free, secret, log, now = () => performance.now() }: ThrottleOptions): Throttle {
  const key = Buffer.from(hkdfSync("sha256", secret, "", "openclaw-edge throttle", 32)).toString("hex");
  const ledger = (kind: Kind, times: number): Ledger => new Ledger({ free: free * times, capacity: CAPACITY[kind], now });
  const ledgers: Readonly<Record<Kind, Ledger>> = {
    prefix: ledger("prefix", 1),
    network: ledger("network", 8),
    name: ledger("name", 2),
    device: ledger("device", 1),
  };
  const say = speaker(log, now);
  const throttle: Throttle = {
    wait(guesser) {
      let longest = 0;
      for (const [book, id] of accountsOf(guesser)) longest = Math.max(longest, book.wait(id));
      return seconds(longest);
    },

    failed(guesser) {
      let wait = 0;
      for (const [book, id] of accountsOf(guesser)) wait = Math.max(wait, book.fail(id));
      throttle.onFailure?.();
      if (wait > 0) say(guesser, seconds(wait));
    },

    lines: (most) => ({
      prefix: ledgers.prefix.lines(most),
      network: ledgers.network.lines(most),
      name: ledgers.name.lines(most),
      device: ledgers.device.lines(most),
    }),

    restore(lines) {
      for (const kind of Object.keys(ledgers) as Kind[]) ledgers[kind].restore(lines[kind] ?? []);
    },

    waiting: () => ({
      prefix: ledgers.prefix.waiting,
      network: ledgers.network.waiting,
      name: ledgers.name.waiting,
      device: ledgers.device.waiting,
    }),

    get size() {
      return Object.values(ledgers).reduce((sum, book) => sum + book.size, 0);
    },
    onFailure: undefined,
  };
  return throttle;

  function accountsOf(guesser: Guesser): readonly (readonly [Ledger, string])[] {
    if (guesser.kind === "device") return [[ledgers.device, idOf("device", guesser.device)]];
    const { prefix, name } = guesser;
    const accounts: (readonly [Ledger, string])[] = [];
    if (name !== undefined) accounts.push([ledgers.name, idOf("name", name)]);
    if (prefix === undefined) return accounts;
    accounts.push([ledgers.prefix, idOf("prefix", prefix)]);
    const network = networkOf(prefix);
    if (network !== undefined) accounts.push([ledgers.network, idOf("network", network)]);
    return accounts;
  }

  /** 96 bits of a keyed hash: what was typed as a name may be a password, and is not kept. */
  function idOf(kind: Kind, value: string): string {
    return hash("sha256", `${key}${kind}\n${value}\n${key}`, "base64url").slice(0, 16);
  }
}

const seconds = (milliseconds: number): number => Math.ceil(milliseconds / 1_000);

/** Says who waits, at most once a minute: a flood must not become a second one in the log. */
function speaker(log: Log | undefined, now: () => number): (guesser: Guesser, wait: number) => void {
  let saidAt = Number.NEGATIVE_INFINITY;
  let unsaid = 0;
  return (guesser, wait) => {
    if (now() - saidAt < SAID_EVERY) {
      unsaid += 1;
      return;
    }
    saidAt = now();
    log?.warn("Sign-ins fail too often: further ones have to wait.", {
      client: guesser.kind === "device" ? "a known device" : (guesser.prefix ?? "an address that all clients share"),
      seconds: wait,
      ...(unsaid > 0 && { unsaid }),
    });
    unsaid = 0;
  };
}
