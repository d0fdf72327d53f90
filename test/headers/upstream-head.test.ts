import { describe, expect, test } from "vitest";

import { Exemption } from "../../src/auth/exemption.ts";
import { User } from "../../src/auth/user.ts";
import { DEFAULT_SCOPES, scopesField } from "../../src/auth/scopes.ts";
import type { Exchange } from "../../src/exchange.ts";
import { ownedFields } from "../../src/headers/owned.ts";
import { UpstreamHead } from "../../src/headers/upstream-head.ts";
import { exchangeOf } from "../support/exchange.ts";

const OPTIONS = {
  userHeader: "X-Forwarded-User",
  isOwned: ownedFields("x-forwarded-user"),
  scopesOf: () => scopesField(DEFAULT_SCOPES),
  pseudonym: "edge",
};
const TO = { identity: true, stripped: undefined };
const IDENTITY =
  "X-Forwarded-For: 2001:db8::1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: h\r\nX-Forwarded-User: alice\r\n" +
  "X-OpenClaw-Scopes: operator.read,operator.write,operator.approvals,operator.questions\r\n";
const VIA = "Via: 1.1 edge\r\n";
const OURS = `${IDENTITY}${VIA}`;

const asked = (line: string, ...lines: readonly string[]): Exchange =>
  exchangeOf([`${line} HTTP/1.1`, "Host: h", ...lines], { client: { address: "2001:db8::1", port: 1, prefix: "2001:db8:0:0::/64" } });

const exchange = (...lines: readonly string[]): Exchange => asked("GET /", ...lines);

const written = (...lines: readonly string[]): string =>
  UpstreamHead.for(exchange(...lines), User.verified("alice"), "/", TO, OPTIONS).serialise({ kind: "none" }, false);

describe("a head for the upstream", () => {
  test("can't be made without somebody verified: it does not compile, and it throws", () => {
    // @ts-expect-error a name is no proof
    expect(() => UpstreamHead.for(exchange(), { name: "mallory" }, "/", TO, OPTIONS)).toThrow(TypeError);
    // @ts-expect-error nor is nobody
    expect(() => UpstreamHead.for(exchange(), undefined, "/", TO, OPTIONS)).toThrow(TypeError);
    const forged: unknown = Object.create(User.prototype, { name: { value: "mallory" } });
    expect(() => UpstreamHead.for(exchange(), forged as User, "/", TO, OPTIONS)).toThrow(TypeError);
    const look = Object.create(UpstreamHead.prototype) as UpstreamHead;
    expect(() => look.serialise({ kind: "none" }, false)).toThrow(TypeError);
  });

  test("is made for an exemption only where it covers the request itself: the head asks again", () => {
    const hooks = Exemption.of({ name: "hooks", paths: ["/hooks/*"], methods: ["POST"] });
    const make =
      (line: string, ...lines: readonly string[]) =>
      (): string =>
        UpstreamHead.for(asked(line, ...lines), hooks, "/hooks/wake", TO, OPTIONS).serialise({ kind: "none" }, false);
    for (const line of ["GET /hooks/wake", "POST /", "POST /hooks", "POST /hooks/%2e%2e/x"]) expect(make(line)).toThrow(TypeError);
    expect(make("POST /hooks/wake", "Upgrade: h2c", "Connection: upgrade")).toThrow(TypeError);
    const forged = Object.create(Exemption.prototype, { covers: { value: () => true } }) as Exemption;
    expect(() => UpstreamHead.for(exchange(), forged, "/", TO, OPTIONS)).toThrow(TypeError);
    expect(make("POST /hooks/wake")()).toBe(
      "POST /hooks/wake HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 2001:db8::1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: h\r\n" +
        "X-OpenClaw-Scopes:\r\nVia: 1.1 edge\r\n\r\n",
    );
  });

  test("tells a target that is to be told nothing no name, and no scopes either", () => {
    const head = UpstreamHead.for(exchange(), User.verified("alice"), "/x", { identity: false, stripped: "/app" }, OPTIONS);
    expect(head.serialise({ kind: "none" }, false)).toBe(
      "GET /x HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 2001:db8::1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: h\r\n" +
        "X-Forwarded-Prefix: /app\r\nX-OpenClaw-Scopes:\r\nVia: 1.1 edge\r\n\r\n",
    );
  });

  test("says the client's address bare, IPv6 too", () => {
    expect(written()).toBe(`GET / HTTP/1.1\r\nHost: h\r\n${OURS}\r\n`);
  });

  test.each([
    ["Basic YTpi", false],
    ["basic YTpi", false],
    ["BASIC\tYTpi", false],
    ["Basic", false],
    ["Bearer abc, Basic YTpi", false],
    ["Bearer abc, Bearer oce_a_b", false],
    ["Bearer abc,basic YTpi", false],
    ["Bearer oce_abc", false],
    ["bearer   oce_abc", false],
    ["Bearer abc", true],
    ["Bearer xoce_abc", true],
    ["Digest username=x", true],
    ["BasicX y", true],
    ["Bearer basic", true],
    ["Digest username=x, basics=y", true],
  ])(
    "Authorization: %s goes through: %s (a foreign Bearer is the Gateway's business, the edge's own credentials are not)",
    (value, passes) => {
      expect(written(`Authorization: ${value}`)).toBe(
        `GET / HTTP/1.1\r\nHost: h\r\n${IDENTITY}${passes ? `Authorization: ${value}\r\n` : ""}${VIA}\r\n`,
      );
    },
  );

  test.each([
    [{ kind: "none" }, true, "Content-Length: 0\r\n"],
    [{ kind: "none" }, false, ""],
    [{ kind: "length", length: 7 }, true, "Content-Length: 7\r\n"],
    [{ kind: "chunked" }, false, "Transfer-Encoding: chunked\r\n"],
  ] as const)("frames %j with %s declared as %j", (framing, hasLength, field) => {
    expect(UpstreamHead.for(exchange(), User.verified("alice"), "/", TO, OPTIONS).serialise(framing, hasLength)).toBe(
      `GET / HTTP/1.1\r\nHost: h\r\n${OURS}${field}\r\n`,
    );
  });

  test("no request body ends with the connection (RFC 9112 §6.3)", () => {
    expect(() => UpstreamHead.for(exchange(), User.verified("alice"), "/", TO, OPTIONS).serialise({ kind: "until-close" }, false)).toThrow(
      TypeError,
    );
  });
});
