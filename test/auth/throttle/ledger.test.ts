import { describe, expect, it } from "vitest";

import { FORGIVEN_AFTER, Ledger, LONGEST_WAIT, SHORTEST_WAIT } from "../../../src/auth/throttle/ledger.ts";

const FREE = 5;

function ledger(capacity = 100): {
  readonly book: Ledger;
  readonly pass: (milliseconds: number) => void;
  readonly fail: (key: string) => number;
} {
  let now = 1_000_000;
  const book = new Ledger({ free: FREE, capacity, now: () => now });
  return {
    book,
    pass: (milliseconds) => (now += milliseconds),
    fail: (key) => book.fail(key),
  };
}

describe("failures in a ledger", () => {
  it("are free at first, and then cost 30 s, twice as much each time, and an hour at most (NIST SP 800-63B)", () => {
    const { book, pass, fail } = ledger();
    const waits = Array.from({ length: 14 }, () => {
      const wait = fail("a");
      expect(book.wait("a")).toBe(wait);
      pass(wait);
      expect(book.wait("a")).toBe(0);
      return wait / 1_000;
    });
    expect(waits).toEqual([0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600]);
    expect(book.wait("b")).toBe(0);
  });

  it("are forgiven one by one, an hour each: whoever never stops has one guess an hour, and 25 in the first day", () => {
    const { book, pass, fail } = ledger();
    let guesses = 0;
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      while (book.wait("a") === 0) {
        fail("a");
        guesses += 1;
      }
      pass(60_000);
    }
    expect(guesses).toBeLessThan(NIST_CONSECUTIVE / 2);
    pass(100 * FORGIVEN_AFTER);
    expect([fail("a"), fail("a"), fail("a"), fail("a"), fail("a")].map((wait) => wait / 1_000)).toEqual([0, 0, 0, 0, 30]);
  });
});

/** NIST SP 800-63B §5.2.2: consecutive failures after which an account's guesser must have been stopped. */
const NIST_CONSECUTIVE = 100;

describe("a ledger under a million addresses", () => {
  it("keeps its bound, and those who failed often are not washed out by those who failed once", () => {
    const { book, fail } = ledger(1_000);
    for (const often of ["alice", "bob", "carol"]) for (let count = 0; count < 12; count += 1) fail(often);
    for (let address = 0; address < 1_000_000; address += 1) fail(`address ${address}`);
    expect(book.size).toBeLessThanOrEqual(1_000);
    for (const often of ["alice", "bob", "carol"]) expect(book.wait(often)).toBe(LONGEST_WAIT);
  });
});

describe("a ledger's lines", () => {
  it("bring waits over a restart, less the time that passed", () => {
    const before = ledger();
    for (let count = 0; count < FREE + 1; count += 1) before.fail("a");
    before.fail("b");
    before.pass(10_000);
    const after = ledger();
    after.book.restore(before.book.lines(10));
    expect(after.book.wait("a")).toBe(2 * SHORTEST_WAIT - 10_000);
    expect(after.fail("a")).toBe(4 * SHORTEST_WAIT);
  });

  it("are those with the most failures when not all may stay", () => {
    const { book, fail } = ledger();
    for (const [key, failures] of [
      ["once", 1],
      ["often", 9],
      ["twice", 2],
    ] as const)
      for (let count = 0; count < failures; count += 1) fail(key);
    expect(book.lines(2).map(({ key }) => key)).toEqual(["often", "twice"]);
  });
});
