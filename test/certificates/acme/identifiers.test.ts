import { describe, expect, it } from "vitest";

import { isSameSet, readIdentifier, serverNameOf, toIdentifier } from "../../../src/certificates/acme/identifiers.ts";
import { ip, name } from "./support.ts";

describe("identifiers", () => {
  it("are dns and ip (RFC 8555 §9.7.7, RFC 8738 §3), and read whatever way a CA writes them", () => {
    expect(toIdentifier(name("ai.test"))).toEqual({ type: "dns", value: "ai.test" });
    expect(toIdentifier(ip("2001:db8::1"))).toEqual({ type: "ip", value: "2001:db8::1" });
    expect(readIdentifier({ type: "dns", value: "AI.test" })).toEqual(name("ai.test"));
    expect(readIdentifier({ type: "ip", value: "2001:0DB8:0:0::0001" })).toEqual(ip("2001:db8::1"));
  });

  it.each([undefined, null, "ai.test", {}, { type: "ip", value: "ai.test" }, { type: "email", value: "a@b" }, { type: "dns", value: 1 }])(
    "%j is none",
    (value) => expect(readIdentifier(value)).toBeUndefined(),
  );

  it("are compared as sets", () => {
    expect(isSameSet([name("a"), name("b")], [name("b"), name("a")])).toBe(true);
    expect(isSameSet([name("a")], [name("a"), name("b")])).toBe(false);
    expect(isSameSet([name("192.0.2.1")], [ip("192.0.2.1")])).toBe(false);
  });
});

describe("the SNI of a tls-alpn-01 validation (RFC 8738 §6)", () => {
  it.each([
    [name("ai.test"), "ai.test"],
    [ip("192.0.2.7"), "7.2.0.192.in-addr.arpa"],
    [ip("2001:db8::1"), "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"],
    [ip("::1"), "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa"],
    [ip("fe80::"), "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.e.f.ip6.arpa"],
    [ip("1:2:3:4:5:6:7:8"), "8.0.0.0.7.0.0.0.6.0.0.0.5.0.0.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.ip6.arpa"],
  ])("for %j is %s", (served, expected) => expect(serverNameOf(served)).toBe(expected));
});
