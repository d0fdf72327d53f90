import { describe, expect, it } from "vitest";

import { backstop, failedPollDelay, momentIn, pollDelay } from "../../../src/certificates/schedule/renewal-moment.ts";
import { LONGEST_WAIT, retryDelay } from "../../../src/certificates/schedule/backoff.ts";

const DAY = 86_400_000;
const life = (days: number) => ({ notBefore: 1_000 * DAY, notAfter: (1_000 + days) * DAY });

describe("without ARI a certificate is renewed", () => {
  it.each([
    [90, 30],
    [64, 64 / 3],
    [45, 15],
    [10, 10 / 3],
    [160 / 24, 80 / 24],
    [1, 0.5],
  ])("of %d days: when %d days are left", (days, left) => {
    expect((life(days).notAfter - backstop(life(days))) / DAY).toBeCloseTo(left, 6);
  });

  it("of ten seconds: after five", () => {
    expect(backstop({ notBefore: 0, notAfter: 10_000 })).toBe(5_000);
  });
});

describe("with ARI (RFC 9773 §4.2) a certificate is renewed", () => {
  it("anywhere in the window, evenly", () => {
    const window = { start: 1_050 * DAY, end: 1_060 * DAY };
    expect([0, 0.5, 1].map((random) => momentIn(window, life(90), random) / DAY)).toEqual([1_050, 1_055, 1_060]);
  });

  it("at once where the window is over", () => {
    expect(momentIn({ start: 1, end: 2 }, life(90), 0.3)).toBeLessThan(1_000 * DAY);
  });

  it("with a sixth of its life left at the latest, even where the window lies behind its end", () => {
    expect(momentIn({ start: 2_000 * DAY, end: 2_001 * DAY }, life(90), 0)).toBe(1_075 * DAY);
  });
});

it("the CA is asked twice a day at least, and once a minute at most", () => {
  expect([0, 21_600, 86_400, Infinity].map(pollDelay)).toEqual([60_000, 21_600_000, DAY / 2, DAY / 2]);
  expect([undefined, 7_200, 604_800].map(failedPollDelay)).toEqual([3_600_000, 7_200_000, DAY]);
});

describe("after a failure", () => {
  it("the waits are 1 min, 10 min, 100 min, then a day", () => {
    expect([1, 2, 3, 4, 5, 500].map((failures) => retryDelay(failures, 0) / 60_000)).toEqual([1, 10, 100, 1_440, 1_440, 1_440]);
  });

  it("jitter makes them longer, never shorter, and no wait is longer than the longest", () => {
    for (const failures of [1, 2, 3, 4, 9]) {
      expect(retryDelay(failures, 1)).toBe(retryDelay(failures, 0) * 1.2);
      expect(retryDelay(failures, 1)).toBeLessThanOrEqual(LONGEST_WAIT);
    }
  });
});
