import { describe, expect, test } from "vitest";

import { RateLimit } from "../../src/routes/rate-limit.ts";

/** The prefix of one of the 65,536 networks of an IPv6 /48. */
const six = (network: number, of = "2001:db8:1"): string => `${of}:${network.toString(16)}::/64`;
const four = (number: number): string => `10.${number >>> 16}.${(number >>> 8) & 255}.${number & 255}`;

describe("a rate limit", () => {
  test("lets a minute's worth through at once, and then as much again over a minute", () => {
    const limit = new RateLimit(60);
    for (let count = 0; count < 60; count++) expect(limit.take("a", 0)).toBe(0);
    expect(limit.take("a", 0)).toBe(1);
    expect(limit.take("a", 999)).toBe(1);
    expect(limit.take("a", 1_000)).toBe(0);
    expect(limit.take("a", 1_000)).toBe(1);
    let passed = 0;
    for (let second = 2; second <= 121; second++) if (limit.take("a", second * 1_000) === 0) passed++;
    expect(passed).toBe(120);
  });

  test("says how long to wait", () => {
    const limit = new RateLimit(1);
    expect(limit.take("a", 0)).toBe(0);
    expect(limit.take("a", 0)).toBe(60);
    expect(limit.take("a", 45_000)).toBe(15);
    expect(limit.take("a", 60_000)).toBe(0);
  });

  test("saves nothing up beyond a minute's worth", () => {
    const limit = new RateLimit(2);
    limit.take("a", 0);
    const later = 3_600_000;
    expect([limit.take("a", later), limit.take("a", later), limit.take("a", later)]).toEqual([0, 0, 30]);
  });

  test("is one client's own: others are not held up by it", () => {
    const limit = new RateLimit(1);
    limit.take("a", 0);
    expect(limit.take("a", 0)).toBe(60);
    expect(limit.take("b", 0)).toBe(0);
  });
});

describe("attack: somebody who changes his address with every request", () => {
  test("within an IPv6 /48 gets eight clients' worth, and other networks are not held up by it", () => {
    const limit = new RateLimit(60, 1_000);
    const passed = (from: number, now: number): number => {
      let count = 0;
      for (let network = 0; network < 65_536; network++) if (limit.take(six((from + network) & 0xffff), now) === 0) count++;
      return count;
    };
    expect(passed(0, 0)).toBe(8 * 60);
    expect(passed(0, 60_000)).toBe(8 * 60);
    expect(limit.take(six(0, "2001:db8:2"), 60_000)).toBe(0);
    expect(limit.take("192.0.2.1", 60_000)).toBe(0);
  });

  test("among two hundred thousand addresses is held to the budgets that there is room for", () => {
    const [perMinute, prefixes] = [1, 1_600];
    const limit = new RateLimit(perMinute, prefixes);
    let passed = 0;
    for (let number = 0; number < 200_000; number++) if (limit.take(four(number), 0) === 0) passed++;
    // Those with a place, and a sixteenth of their budgets for all the others.
    expect(passed).toBe(prefixes + prefixes / 16);
    expect(limit.size).toBe(prefixes);
    for (let number = 0; number < 20_000; number++) if (limit.take(four(number), 30_000) === 0) passed++;
    expect(passed).toBe(prefixes + prefixes / 16);
  });

  test("washes nobody out who has used his budget up", () => {
    const limit = new RateLimit(2, 1_000);
    for (let count = 0; count < 2; count++) limit.take("192.0.2.1", 0);
    for (let number = 0; number < 100_000; number++) limit.take(four(number), number / 100);
    expect(limit.take("192.0.2.1", 1_000)).toBeGreaterThan(0);
  });

  test("keeps no place that he does not keep busy: who comes later finds one", () => {
    const limit = new RateLimit(60, 1_000);
    for (let number = 0; number < 1_000; number++) limit.take(four(number), 0);
    // Each has spent one of sixty, which is saved up again after a second.
    for (let number = 0; number < 500; number++) {
      const prefix = `198.51.${number >> 8}.${number & 255}`;
      for (let count = 0; count < 60; count++) expect(limit.take(prefix, 1_000)).toBe(0);
    }
    expect(limit.size).toBe(1_000);
  });
});
