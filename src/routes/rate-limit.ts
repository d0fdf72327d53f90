import { hash, randomBytes } from "node:crypto";

import { networkOf } from "../auth/throttle/network.ts";

const MINUTE = 60_000;

/** What all clients of one IPv6 /48 have together, in budgets of one client: a customer often has a whole one, with 65,536 prefixes of his own. */
const NETWORK = 8;

/** Entries that are looked at for one to forget. */
const LOOKED_AT = 16;

interface Bucket {
  /** Requests that may still come at once. */
  left: number;
  /** Milliseconds of `performance.now()` at which that was so. */
  at: number;
}

/**
 * How often one client prefix may ask: so many requests at once, and as many again over each minute.
 *
 * It knows a bounded number of prefixes. One that has saved up all it may is forgotten for a new one, and nothing is lost with it. Where
 * nearly all are in the middle of asking, a new one shares what is left with others that are as new, by a draw that nobody can foresee. So
 * nobody begins afresh by changing his address, and to leave strangers without a place somebody must keep every one of them busy: the
 * whole rate of all the prefixes together, without a pause.
 */
export class RateLimit {
  readonly #clients: Buckets;
  readonly #networks: Buckets;

  /**
   * @param perMinute requests
   * @param prefixes client prefixes that are remembered, and half as many networks; default 4,096, some 600 KB in all
   */
  constructor(perMinute: number, prefixes = 4_096) {
    this.#clients = new Buckets(perMinute, prefixes);
    this.#networks = new Buckets(perMinute * NETWORK, Math.ceil(prefixes / 2));
  }

  /** How many prefixes and networks are remembered. */
  get size(): number {
    return this.#clients.size + this.#networks.size;
  }

  /** @returns 0 when the request may go on, otherwise after how many seconds the next one may */
  take(prefix: string, now = performance.now()): number {
    const network = networkOf(prefix);
    const its = network === undefined ? undefined : this.#networks.of(network, now);
    const networkWait = its === undefined ? 0 : this.#networks.wait(its);
    // Before anything of its clients is looked at: they must not push out others'.
    if (networkWait > 0) return networkWait;
    const client = this.#clients.of(prefix, now);
    const wait = this.#clients.wait(client);
    if (wait > 0) return wait;
    client.left -= 1;
    if (its !== undefined) its.left -= 1;
    return 0;
  }
}

/** Budgets by key, in bounded memory. */
class Buckets {
  readonly #perMinute: number;
  readonly #capacity: number;
  /** In the order in which they are looked at for one to forget. */
  readonly #own = new Map<string, Bucket>();
  /** For whom there is no room: a sixteenth of the budgets that those with a place have. */
  readonly #shared: readonly Bucket[];
  readonly #seed = randomBytes(16).toString("hex");

  constructor(perMinute: number, capacity: number) {
    this.#perMinute = perMinute;
    this.#capacity = capacity;
    this.#shared = Array.from({ length: Math.ceil(capacity / 16) }, () => ({ left: perMinute, at: Number.NEGATIVE_INFINITY }));
  }

  get size(): number {
    return this.#own.size;
  }

  /** The key's budget at this moment. */
  of(key: string, now: number): Bucket {
    const bucket = this.#own.get(key) ?? this.#place(key, now);
    bucket.left = this.#leftOf(bucket, now);
    bucket.at = now;
    return bucket;
  }

  /** Seconds until one more may come; 0: now. */
  wait({ left }: Bucket): number {
    return left >= 1 ? 0 : Math.ceil(((1 - left) * MINUTE) / this.#perMinute / 1_000);
  }

  #place(key: string, now: number): Bucket {
    if (this.#own.size >= this.#capacity && !this.#forgetOne(now)) return this.#shared[this.#draw(key)] as Bucket;
    const bucket = { left: this.#perMinute, at: now };
    this.#own.set(key, bucket);
    return bucket;
  }

  /** Forgets one that has saved up all it may: begun afresh, it would be the same. Those that were looked at in vain get another turn. */
  #forgetOne(now: number): boolean {
    let looked = 0;
    for (const [key, bucket] of this.#own) {
      this.#own.delete(key);
      if (this.#leftOf(bucket, now) >= this.#perMinute) return true;
      this.#own.set(key, bucket);
      looked += 1;
      if (looked >= LOOKED_AT) break;
    }
    return false;
  }

  #leftOf({ left, at }: Bucket, now: number): number {
    return Math.min(this.#perMinute, left + ((now - at) * this.#perMinute) / MINUTE);
  }

  #draw(key: string): number {
    return Number.parseInt(hash("sha256", `${this.#seed}${key}`).slice(0, 8), 16) % this.#shared.length;
  }
}
