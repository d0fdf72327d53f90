import { describe, expect, test } from "vitest";

import { isHopByHop } from "../../src/headers/hop-by-hop.ts";

describe("fields of one connection (RFC 9110 §7.6.1)", () => {
  test.each([
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    "content-length",
  ])("%s never crosses", (key) => {
    expect(isHopByHop(key, [])).toBe(true);
  });

  test("all others do, unless they are nominated", () => {
    expect(isHopByHop("x-a", [])).toBe(false);
    expect(isHopByHop("x-a", ["x-b"])).toBe(false);
    expect(isHopByHop("x-a", ["x-b", "x-a"])).toBe(true);
  });
});
