import { describe, expect, test } from "vitest";

import { User } from "../../src/auth/user.ts";
import { DEFAULT_SCOPES, scopesField } from "../../src/auth/scopes.ts";
import type { Exchange } from "../../src/exchange.ts";
import { ownedFields } from "../../src/headers/owned.ts";
import { UpstreamHead } from "../../src/headers/upstream-head.ts";
import { parseRequestHead } from "../../src/http1/request-head.ts";

const OPTIONS = {
  userHeader: "X-Forwarded-User",
  isOwned: ownedFields("x-forwarded-user"),
  scopesOf: () => scopesField(DEFAULT_SCOPES),
  pseudonym: "edge",
};
const OURS =
  "X-Forwarded-For: 2001:db8::1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: h\r\nX-Forwarded-User: alice\r\n" +
  "X-OpenClaw-Scopes: operator.read,operator.write,operator.approvals,operator.questions\r\nVia: 1.1 edge\r\n";

function exchange(...lines: readonly string[]): Exchange {
  const head = parseRequestHead(`GET / HTTP/1.1\r\nHost: h\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`, {
    scheme: "https",
    fields: 100,
  });
  if (typeof head === "string") throw new Error(head);
  return {
    id: "1",
    client: { address: "2001:db8::1", port: 1, prefix: "2001:db8:0:0::/64" },
    head,
    memo: { authorization: undefined, user: undefined, generation: 0, session: undefined },
    signal: new AbortController().signal,
  };
}

const written = (...lines: readonly string[]): string =>
  UpstreamHead.for(exchange(...lines), User.verified("alice"), OPTIONS).serialise({ kind: "none" }, false);

describe("a head for the upstream", () => {
  test("can't be made without somebody verified: it does not compile, and it throws", () => {
    // @ts-expect-error a name is no proof
    expect(() => UpstreamHead.for(exchange(), { name: "mallory" }, OPTIONS)).toThrow(TypeError);
    // @ts-expect-error nor is nobody
    expect(() => UpstreamHead.for(exchange(), undefined, OPTIONS)).toThrow(TypeError);
    const forged: unknown = Object.create(User.prototype, { name: { value: "mallory" } });
    expect(() => UpstreamHead.for(exchange(), forged as User, OPTIONS)).toThrow(TypeError);
    const look = Object.create(UpstreamHead.prototype) as UpstreamHead;
    expect(() => look.serialise({ kind: "none" }, false)).toThrow(TypeError);
  });

  test("says the client's address bare, IPv6 too", () => {
    expect(written()).toBe(`GET / HTTP/1.1\r\nHost: h\r\n${OURS}\r\n`);
  });

  test.each([
    ["Basic YTpi", false],
    ["basic YTpi", false],
    ["BASIC\tYTpi", false],
    ["Basic", false],
    ["Bearer oce_abc", false],
    ["bearer   oce_abc", false],
    ["Bearer abc", true],
    ["Bearer xoce_abc", true],
    ["Digest username=x", true],
    ["BasicX y", true],
  ])(
    "Authorization: %s goes through: %s (a foreign Bearer is the Gateway's business, the edge's own credentials are not)",
    (value, passes) => {
      expect(written(`Authorization: ${value}`)).toBe(
        `GET / HTTP/1.1\r\nHost: h\r\n${passes ? `Authorization: ${value}\r\n` : ""}${OURS}\r\n`,
      );
    },
  );

  test.each([
    [{ kind: "none" }, true, "Content-Length: 0\r\n"],
    [{ kind: "none" }, false, ""],
    [{ kind: "length", length: 7 }, true, "Content-Length: 7\r\n"],
    [{ kind: "chunked" }, false, "Transfer-Encoding: chunked\r\n"],
  ] as const)("frames %j with %s declared as %j", (framing, hasLength, field) => {
    expect(UpstreamHead.for(exchange(), User.verified("alice"), OPTIONS).serialise(framing, hasLength)).toBe(
      `GET / HTTP/1.1\r\nHost: h\r\n${OURS}${field}\r\n`,
    );
  });

  test("no request body ends with the connection (RFC 9112 §6.3)", () => {
    expect(() => UpstreamHead.for(exchange(), User.verified("alice"), OPTIONS).serialise({ kind: "until-close" }, false)).toThrow(
      TypeError,
    );
  });
});
