import { describe, expect, it } from "vitest";

import { Stall } from "../../src/proxy/stall.ts";

describe("a peer that reads", () => {
  it("is left alone however slow it is, though as much waits for it at every look", () => {
    const stall = new Stall();
    // A download: the queue is filled up to the same length as soon as something of it is taken.
    for (let second = 0; second < 600; second++) {
      expect(stall.check({ writableLength: 65_536, bytesWritten: 65_536 * (second + 1) }, second * 1_000, 60_000)).toBe(false);
    }
  });

  it("is left alone when nothing waits for it, and may take its time anew when something does", () => {
    const stall = new Stall();
    expect(stall.check({ writableLength: 0, bytesWritten: 10 }, 0, 60_000)).toBe(false);
    expect(stall.check({ writableLength: 0, bytesWritten: 10 }, 3_600_000, 60_000)).toBe(false);
    expect(stall.check({ writableLength: 5, bytesWritten: 15 }, 3_601_000, 60_000)).toBe(false);
    expect(stall.check({ writableLength: 5, bytesWritten: 15 }, 3_660_000, 60_000)).toBe(false);
    expect(stall.check({ writableLength: 5, bytesWritten: 15 }, 3_661_001, 60_000)).toBe(true);
  });
});

describe("a peer that reads nothing", () => {
  it("is noticed when the time is over, though more is written meanwhile", () => {
    const stall = new Stall();
    let noticed: number | undefined;
    for (let second = 0; second < 100; second++) {
      if (stall.check({ writableLength: 1_000 + second, bytesWritten: 5_000 + second }, second * 1_000, 60_000)) noticed ??= second;
    }
    expect(noticed).toBe(61);
  });
});
