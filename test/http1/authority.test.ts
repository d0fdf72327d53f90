import { describe, expect, it } from "vitest";

import { parseAuthority } from "../../src/http1/authority.ts";

describe("An authority (RFC 3986 §3.2)", () => {
  it.each([
    ["gateway.example", "gateway.example", undefined],
    ["Gateway.EXAMPLE:8443", "gateway.example", 8443],
    ["gateway.example.", "gateway.example.", undefined],
    ["gateway.example:", "gateway.example", undefined],
    ["gateway.example:0", "gateway.example", 0],
    ["gateway.example:00443", "gateway.example", 443],
    ["gateway.example:65535", "gateway.example", 65_535],
    ["192.0.2.1:80", "192.0.2.1", 80],
    ["[2001:DB8::1]", "2001:db8::1", undefined],
    ["[::1]:443", "::1", 443],
    ["[::ffff:192.0.2.1]:1", "::ffff:192.0.2.1", 1],
    ["a%2Db", "a%2db", undefined],
    ["_dmarc.gateway.example", "_dmarc.gateway.example", undefined],
    ["xn--caf-dma.example", "xn--caf-dma.example", undefined],
  ])("%s is the host %s with the port %s", (text, host, port) => {
    expect(parseAuthority(text)).toEqual({ text, host, port });
  });

  it.each([
    "",
    ":80",
    "user@a",
    "user:password@a",
    "@a",
    "a@",
    "a b",
    " a",
    "a ",
    "a\t",
    "a/b",
    "a?b",
    "a#b",
    "a\\b",
    '"a"',
    "<a>",
    "a:b",
    "a:-1",
    "a:+1",
    "a: 80",
    "a:80 ",
    "a:65536",
    "a:123456",
    "a:80:80",
    "::1",
    "[::1",
    "::1]",
    "[]",
    "[::1]x",
    "[::1]:x",
    "x[::1]",
    "[fe80::1%eth0]",
    "[v1.x]",
    "[g::1]",
    "[....]",
    "[:::]",
    "[1:2:3]",
    "[1::2::3]",
    "[::1.2.3.256]",
    "%",
    "a%2",
    "a%zz",
    "caf\xe9",
    "a\0",
    "a\r\n",
    "a\n",
    "a^b",
    "a|b",
    "{a}",
  ])("%j is none", (text) => {
    expect(parseAuthority(text)).toBeUndefined();
  });

  it("is no longer than any name can be", () => {
    expect(parseAuthority("a".repeat(255))).toBeDefined();
    expect(parseAuthority("a".repeat(256))).toBeUndefined();
  });

  it("is the same when it is asked for again, and after a thousand others", () => {
    const first = parseAuthority("Remembered.example:1");
    expect(parseAuthority("Remembered.example:1")).toEqual(first);
    for (let index = 0; index < 1_000; index++) expect(parseAuthority(`host-${index}`)?.host).toBe(`host-${index}`);
    expect(parseAuthority("Remembered.example:1")).toEqual(first);
    expect(parseAuthority("remembered.example:1")?.text).toBe("remembered.example:1");
  });
});
