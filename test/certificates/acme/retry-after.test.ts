import { describe, expect, it } from "vitest";

import { readHttpDate, readRetryAfter } from "../../../src/certificates/acme/retry-after.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");
const read = (fields: Record<string, string>): number | undefined => readRetryAfter(new Headers(fields), NOW);

describe("Retry-After (RFC 9110 §10.2.3)", () => {
  it("is seconds", () => {
    expect(read({ "retry-after": "3600" })).toBe(3_600);
    expect(read({ "retry-after": " 0 " })).toBe(0);
  });

  it("is a date, in each of the three forms of RFC 9110 §5.6.7", () => {
    expect(read({ "retry-after": "Sun, 22 Nov 2026 13:00:00 GMT" })).toBe(3_600);
    expect(read({ "retry-after": "Sunday, 22-Nov-26 13:00:00 GMT" })).toBe(3_600);
    expect(read({ "retry-after": "Sun Nov 22 13:00:00 2026 GMT" })).toBe(3_600);
  });

  it("counts from the CA's own Date: a clock of ours that is years off changes nothing", () => {
    const fields = { "retry-after": "Sat, 22 Nov 2031 13:00:00 GMT", date: "Sat, 22 Nov 2031 12:59:00 GMT" };
    expect(read(fields)).toBe(60);
  });

  it("is never before now, and never later than a week, whatever the CA says", () => {
    expect(read({ "retry-after": "Sun, 22 Nov 2020 13:00:00 GMT" })).toBe(0);
    expect(read({ "retry-after": "999999999999" })).toBe(604_800);
    expect(read({ "retry-after": "Sun, 22 Nov 2099 13:00:00 GMT" })).toBe(604_800);
  });

  it.each(["", "soon", "-5", "1.5", "1e9", "3600, 3600", "2026-11-22T13:00:00Z", "9999999999999999999999"])("%j is as none", (value) => {
    expect(read({ "retry-after": value })).toBeUndefined();
  });

  it("finds no date in what is none", () => {
    expect(readHttpDate(null)).toBeUndefined();
    expect(readHttpDate("Sun, 99 Nov 2026 13:00:00 GMT")).toBeUndefined();
  });
});
