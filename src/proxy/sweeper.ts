/** Something with deadlines that is looked at from time to time. */
export interface Swept {
  /** @param now milliseconds of `performance.now()` */
  sweep(now: number): void;
}

/**
 * One timer for all deadlines. A timer per connection and request would cost more than the requests; a look at every connection
 * once a second costs nothing, and no time-out here needs to be more exact than that.
 */
export class Sweeper {
  readonly #swept = new Set<Swept>();
  readonly #timer: NodeJS.Timeout;

  /** @param interval milliseconds between two looks; default 1,000 */
  constructor(interval = 1_000) {
    this.#timer = setInterval(() => this.#sweep(), interval);
    this.#timer.unref();
  }

  add(swept: Swept): void {
    this.#swept.add(swept);
  }

  delete(swept: Swept): void {
    this.#swept.delete(swept);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#swept.clear();
  }

  #sweep(): void {
    const now = performance.now();
    for (const swept of this.#swept) swept.sweep(now);
  }
}
