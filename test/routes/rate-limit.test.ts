import { describe, expect, test } from "vitest";

import { RateLimit } from "../../src/routes/rate-limit.ts";

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

  test("remembers a bounded number of a million addresses, and forgets the one that was silent longest", () => {
    const limit = new RateLimit(1, 1_000);
    limit.take("steady", 0);
    for (let number = 0; number < 1_000_000; number++) {
      limit.take(`192.0.${number >> 8}.${number & 255}`, 0);
      if (number % 500 === 0) expect(limit.take("steady", 0)).toBe(60);
    }
    expect(limit.size).toBe(1_000);
    expect(limit.take("192.0.0.0", 0)).toBe(0);
  });
});
