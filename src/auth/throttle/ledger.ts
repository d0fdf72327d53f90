/** Failures counted by key, with the wait that each further one costs. Bounded; what was long ago is forgotten. */

/** Milliseconds of the first wait, and of the longest (NIST SP 800-63B §5.2.2 names both). Each failure doubles it. */
export const SHORTEST_WAIT = 30_000;
export const LONGEST_WAIT = 3_600_000;

/** Milliseconds without a further failure after which one of them is forgiven: whoever goes on for ever has one guess an hour. */
export const FORGIVEN_AFTER = 3_600_000;

/**
 * The share of the oldest entries that is looked at when room is needed. Of these the half with the fewest failures goes, so that a flood of
 * one-time failures washes nobody out who failed often.
 */
const LOOKED_AT = 1 / 16;

interface Entry {
  /** Failures that count. */
  failures: number;
  /** When the last failure was, or was forgiven; on the ledger's clock, in milliseconds. */
  since: number;
}

/** A line as it is kept in a file. */
export interface KeptLine {
  readonly key: string;
  readonly failures: number;
  /** Milliseconds since the last failure. */
  readonly age: number;
}

export interface LedgerOptions {
  /** Failures without a wait; the wait follows the last of them. */
  readonly free: number;
  /** Entries. */
  readonly capacity: number;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
}

export class Ledger {
  readonly #free: number;
  readonly #capacity: number;
  readonly #now: () => number;
  /** In the order of the last failure. */
  readonly #entries = new Map<string, Entry>();

  constructor({ free, capacity, now }: LedgerOptions) {
    this.#free = free;
    this.#capacity = capacity;
    this.#now = now;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How many have to wait at this moment. */
  get waiting(): number {
    let count = 0;
    for (const entry of this.#entries.values()) if (this.#waitOf(entry) > 0) count += 1;
    return count;
  }

  /** Milliseconds until the next attempt may be made; 0: now. */
  wait(key: string): number {
    const entry = this.#entries.get(key);
    return entry === undefined ? 0 : this.#waitOf(entry);
  }

  /** Counts a failure. @returns the milliseconds of the wait that begins with it; 0: none yet */
  fail(key: string): number {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { failures: 0, since: this.#now() };
      this.#makeRoom();
    }
    this.#forgive(entry);
    entry.failures += 1;
    entry.since = this.#now();
    this.#entries.delete(key);
    this.#entries.set(key, entry); // now the youngest
    return this.#waitOf(entry);
  }

  /** Those with the most failures, at most `most`. */
  lines(most: number): readonly KeptLine[] {
    const now = this.#now();
    const lines: KeptLine[] = [];
    for (const [key, entry] of this.#entries) {
      this.#forgive(entry);
      if (entry.failures > 0) lines.push({ key, failures: entry.failures, age: Math.max(0, now - entry.since) });
    }
    return lines.length <= most ? lines : lines.toSorted((one, other) => other.failures - one.failures).slice(0, most);
  }

  restore(lines: readonly KeptLine[]): void {
    for (const { key, failures, age } of lines.slice(0, this.#capacity)) {
      this.#entries.set(key, { failures, since: this.#now() - age });
    }
  }

  #waitOf(entry: Entry): number {
    if (entry.failures < this.#free) return 0;
    const wait = Math.min(LONGEST_WAIT, SHORTEST_WAIT * 2 ** (entry.failures - this.#free));
    return Math.max(0, entry.since + wait - this.#now());
  }

  #forgive(entry: Entry): void {
    const forgiven = Math.floor((this.#now() - entry.since) / FORGIVEN_AFTER);
    if (forgiven <= 0) return;
    entry.failures = Math.max(0, entry.failures - forgiven);
    entry.since += forgiven * FORGIVEN_AFTER;
  }

  /** Of the oldest, those with the fewest failures go; the others get another turn. */
  #makeRoom(): void {
    if (this.#entries.size < this.#capacity) return;
    const oldest: [string, Entry][] = [];
    for (const line of this.#entries) {
      this.#forgive(line[1]);
      oldest.push(line);
      if (oldest.length >= this.#capacity * LOOKED_AT) break;
    }
    const mostFirst = oldest.toSorted(([, one], [, other]) => other.failures - one.failures);
    for (const [key] of oldest) this.#entries.delete(key);
    for (const [key, entry] of mostFirst.slice(0, Math.floor(oldest.length / 2))) this.#entries.set(key, entry);
  }
}
