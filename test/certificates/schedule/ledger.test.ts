import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  BOUNDS,
  EMPTY,
  failed,
  issued,
  mayOrder,
  mayRegister,
  ordering,
  pruned,
  registering,
  validating,
  type Ledger,
} from "../../../src/certificates/schedule/ledger.ts";

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 0, 1);
const NAMES = ["ai.example.com"];

const times = <T>(count: number, value: T, step: (value: T, index: number) => T): T =>
  Array.from({ length: count }).reduce<T>((result, _, index) => step(result, index), value);

describe("the ledger withholds", () => {
  it("a fifth certificate for the same set within a week, and grants it when the first is a week old", () => {
    const ledger = times(4, EMPTY, (l, i) => issued(ordering(l, NAMES, false, NOW + i), NAMES));
    expect(mayOrder(ledger, NAMES, false, BOUNDS, NOW + 10)).toEqual({ kind: "withheld", limit: "sets", until: NOW + 168 * HOUR });
    expect(mayOrder(ledger, NAMES, false, BOUNDS, NOW + 168 * HOUR)).toEqual({ kind: "granted" });
    expect(mayOrder(ledger, ["b.example.com"], false, BOUNDS, NOW + 10)).toEqual({ kind: "granted" });
  });

  it("of renewals that ARI exempts, which no CA counts, only what must be a loop: the twenty-first within a day", () => {
    const ledger = times(20, EMPTY, (l, i) => {
      expect(mayOrder(l, NAMES, true, BOUNDS, NOW + i)).toEqual({ kind: "granted" });
      return issued(ordering(l, NAMES, true, NOW + i), NAMES);
    });
    expect(mayOrder(ledger, NAMES, true, BOUNDS, NOW + 100)).toEqual({ kind: "withheld", limit: "renewals", until: NOW + 24 * HOUR });
    expect(mayOrder(ledger, NAMES, true, BOUNDS, NOW + 24 * HOUR)).toEqual({ kind: "granted" });
    expect(mayOrder(ledger, ["b.example.com"], true, BOUNDS, NOW + 100)).toEqual({ kind: "granted" });
    // And none of them counts as an ordinary one.
    expect(mayOrder(ledger, NAMES, false, BOUNDS, NOW + 100)).toEqual({ kind: "granted" });
  });

  it("an order after four failed authorizations of one of its names within an hour", () => {
    const ledger = times(4, EMPTY, (l, i) => failed(validating(l, NAMES[0]!, NOW + i), NAMES[0]!));
    const both = ["b.example.com", ...NAMES];
    expect(mayOrder(ledger, both, true, BOUNDS, NOW + 10)).toEqual({ kind: "withheld", limit: "failures", until: NOW + HOUR });
    expect(mayOrder(ledger, ["b.example.com"], false, BOUNDS, NOW + 10)).toEqual({ kind: "granted" });
    expect(mayOrder(ledger, both, false, BOUNDS, NOW + HOUR)).toEqual({ kind: "granted" });
  });

  it("an order after four validations of which nobody knows how they ended", () => {
    const ledger = times(4, EMPTY, (l, i) => validating(l, NAMES[0]!, NOW + i));
    expect(mayOrder(ledger, NAMES, false, BOUNDS, NOW + 10)).toMatchObject({ kind: "withheld", limit: "failures" });
  });

  it("nothing for validations that ended well", () => {
    const ledger = times(3, EMPTY, (l, i) => issued(validating(ordering(l, NAMES, false, NOW + i), NAMES[0]!, NOW + i), NAMES));
    expect(ledger.failures[NAMES[0]!]).toEqual([]);
    expect(mayOrder(ledger, NAMES, false, BOUNDS, NOW + 10)).toEqual({ kind: "granted" });
  });

  it("order 251 in three hours, and the fourth account", () => {
    const orders = times(250, EMPTY, (l, i) => ordering(l, [`${i}.example.com`], false, NOW + i));
    expect(mayOrder(orders, NAMES, false, BOUNDS, NOW + 300)).toEqual({ kind: "withheld", limit: "orders", until: NOW + 3 * HOUR });
    const accounts = times(3, EMPTY, (l, i) => registering(l, NOW + i));
    expect(mayRegister(accounts, BOUNDS, NOW + 10)).toMatchObject({ kind: "withheld", limit: "accounts" });
    expect(mayRegister(accounts, BOUNDS, NOW + 3 * HOUR)).toEqual({ kind: "granted" });
  });
});

it("an entry from the future (the clock was years ahead) counts from now, and not for years", () => {
  const ledger = times(4, EMPTY, (l) => failed(validating(l, NAMES[0]!, Date.UTC(2031)), NAMES[0]!));
  expect(mayOrder(ledger, NAMES, false, BOUNDS, NOW)).toMatchObject({ kind: "withheld", until: NOW + HOUR });
  const mended = pruned(ledger, BOUNDS, NOW);
  expect(mayOrder(mended, NAMES, false, BOUNDS, NOW + HOUR)).toEqual({ kind: "granted" });
});

it("what no limit counts any more is forgotten, so the file stays small", () => {
  const ledger = times(200, EMPTY, (l, i) => failed(validating(ordering(l, NAMES, false, NOW + i), NAMES[0]!, NOW + i), NAMES[0]!));
  expect(pruned(ledger, BOUNDS, NOW + 169 * HOUR)).toEqual(EMPTY);
});

type Act = "order" | "fail" | "issue" | "crash";

it("whatever happens, in whatever order and wherever the process dies, the CA counts no more than its limits", () => {
  const act = fc.record({ act: fc.constantFrom<Act>("order", "fail", "issue", "crash"), wait: fc.integer({ min: 0, max: 2 * HOUR }) });
  fc.assert(
    fc.property(fc.array(act, { minLength: 50, maxLength: 300 }), (acts) => {
      let now = NOW;
      let ledger: Ledger = EMPTY;
      // The CA's own books.
      const failures: number[] = [];
      const certificates: number[] = [];
      const orders: number[] = [];
      for (const { act: what, wait } of acts) {
        now += wait;
        ledger = pruned(ledger, BOUNDS, now);
        if (mayOrder(ledger, NAMES, false, BOUNDS, now).kind === "withheld") continue;
        ledger = ordering(ledger, NAMES, false, now);
        orders.push(now);
        if (what === "order") continue; // died before the validation
        ledger = validating(ledger, NAMES[0]!, now);
        if (what === "crash") failures.push(now); // it failed, and nobody was left to write it down
        if (what === "fail") {
          failures.push(now);
          ledger = failed(ledger, NAMES[0]!);
        }
        if (what === "issue") {
          certificates.push(now);
          ledger = issued(ledger, NAMES);
        }
        expect(failures.filter((at) => at > now - HOUR).length).toBeLessThanOrEqual(5);
        expect(certificates.filter((at) => at > now - 168 * HOUR).length).toBeLessThanOrEqual(5);
        expect(orders.filter((at) => at > now - 3 * HOUR).length).toBeLessThanOrEqual(300);
      }
    }),
    { numRuns: 300 },
  );
});
