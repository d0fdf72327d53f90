const MINUTE = 60_000;

interface Bucket {
  /** Requests that may still come at once. */
  left: number;
  /** Milliseconds of `performance.now()` at which that was so. */
  at: number;
}

/**
 * How often one client prefix may ask: so many requests at once, and as many again over each minute. It knows a bounded number of
 * prefixes; the one that was silent longest is forgotten for a new one, and begins afresh.
 */
export class RateLimit {
  readonly #perMinute: number;
  readonly #prefixes: number;
  readonly #buckets = new Map<string, Bucket>();

  /**
   * @param perMinute requests
   * @param prefixes client prefixes that are remembered; default 4,096, some 400 KB
   */
  constructor(perMinute: number, prefixes = 4_096) {
    this.#perMinute = perMinute;
    this.#prefixes = prefixes;
  }

  /** How many prefixes are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /** @returns 0 when the request may go on, otherwise after how many seconds the next one may */
  take(prefix: string, now = performance.now()): number {
    const bucket = this.#buckets.get(prefix) ?? { left: this.#perMinute, at: now };
    bucket.left = Math.min(this.#perMinute, bucket.left + ((now - bucket.at) * this.#perMinute) / MINUTE);
    bucket.at = now;
    // Behind all others: a Map keeps its order, so the first is the one that was silent longest.
    this.#buckets.delete(prefix);
    if (this.#buckets.size >= this.#prefixes) this.#buckets.delete(this.#buckets.keys().next().value as string);
    this.#buckets.set(prefix, bucket);
    if (bucket.left >= 1) {
      bucket.left -= 1;
      return 0;
    }
    return Math.ceil(((1 - bucket.left) * MINUTE) / this.#perMinute / 1_000);
  }
}
