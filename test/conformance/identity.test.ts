import { describe, expect, test } from "vitest";

import { ALICE, basic, BOB, DOMAIN, edgeForFile, edgeWith } from "../support/edge.ts";
import { answering, OK } from "../support/raw-upstream.ts";
import { forwarded, HANDSHAKE, raw, request, withoutPseudonym } from "../support/requests.ts";
import { sentThrough } from "../support/sent.ts";

/** More wrong passwords come from one address here than a guesser has. */
const shared = edgeForFile({ limits: { failedSignIns: 1_000 } });
const sent = sentThrough(shared);

describe("a client that says who it is, in any spelling, is not believed (the alias rule; CVE-2025-64484, CVE-2026-39858, GHSA-f59h-q822-g45g)", () => {
  const spoofed = [
    "X-Forwarded-User: mallory",
    "x-forwarded-user: mallory",
    "X_Forwarded_User: mallory",
    "X.Forwarded.User: mallory",
    "x-FORWARDED_user: mallory",
    "X-Forwarded-For: 203.0.113.9",
    "X_Forwarded_For: 203.0.113.9",
    "X-Forwarded-Proto: http",
    "X-Forwarded.Proto: http",
    "X-Forwarded-Host: evil.example",
    "x_forwarded_host: evil.example",
    "X-Forwarded-Port: 1",
    "X-Forwarded-Email: mallory@example.com",
    "X-Forwarded-Groups: admin",
    "X-Forwarded-Prefix: /x",
    "X-Real-IP: 203.0.113.9",
    "X_REAL_IP: 203.0.113.9",
    "Forwarded: for=203.0.113.9",
    "True-Client-IP: 203.0.113.9",
    "True_Client.IP: 203.0.113.9",
    "X-OpenClaw-Scopes: operator.admin",
    "x_openclaw_scopes: operator.admin",
    "X.OpenClaw-Scopes: operator.admin",
    "X-OpenClaw-Edge-User: mallory",
    "X_OpenClaw_Edge_Anything: mallory",
    "CF-Connecting-IP: 203.0.113.9",
    "Cf_Access_Jwt_Assertion: e30",
    "Cf-Access-Authenticated-User-Email: mallory@example.com",
    "Tailscale-User-Login: mallory",
    "tailscale_user_name: mallory",
    "Proxy-Authorization: Basic bWFsbG9yeTp4",
    "Proxy_Authorization: Basic bWFsbG9yeTp4",
  ];
  test.each(spoofed)("%s", async (line) => {
    expect(await sent(request("GET /", ["Before: 1", line, "After: 2"]))).toBe(forwarded("GET /", { fields: ["Before: 1", "After: 2"] }));
  });

  test("all of them at once, nominated by Connection and on a WebSocket handshake", async () => {
    const client = await shared.connect();
    client.write(request("GET /", [...spoofed, "Connection: X_Forwarded_User, x-forwarded-user", ...HANDSHAKE]));
    const peer = await shared.upstream.peer();
    expect(withoutPseudonym(await peer.head())).toBe(
      forwarded("GET /", { fields: ["Sec-WebSocket-Version: 13", HANDSHAKE[3], "Connection: Upgrade", "Upgrade: websocket"] }),
    );
  });

  test("so many fields that an upstream drops the last ones (node:http 20 does behind a thousand): the edge's own stand before them", async () => {
    const { connect, upstream } = await edgeWith(answering(OK), { limits: { headFields: 10_000 } });
    const client = await connect();
    client.write(
      request(
        "GET /",
        Array.from({ length: 1_200 }, (_, number) => `A${number}: b`),
      ),
    );
    expect((await client.response()).status).toBe(200);
    expect(upstream.text.split("\r\n").slice(0, 8)).toEqual([
      "GET / HTTP/1.1",
      `Host: ${DOMAIN}`,
      "X-Forwarded-For: 127.0.0.1",
      "X-Forwarded-Proto: https",
      `X-Forwarded-Host: ${DOMAIN}`,
      "X-Forwarded-User: alice",
      "X-OpenClaw-Scopes: operator.read,operator.write,operator.approvals,operator.questions",
      "A0: b",
    ]);
  });

  test("names that merely look alike live (RFC 9110 §5.1; caddy#7808)", async () => {
    const fields = [
      "session_id: 1",
      "X-Forwarded: 1",
      "XForwardedUser: 1",
      "X-Forwarder-User: 1",
      "X--Forwarded-User: 1",
      "X-OpenClaw-Scope: 1",
      "X-OpenClaw-Model: 1",
      "CFO: 1",
      "Forwarded-For: 1",
      "X-Real-IPs: 1",
    ];
    expect(await sent(request("GET /", fields))).toBe(forwarded("GET /", { fields }));
  });

  test("a configured user header is the one that is owned, and set", async () => {
    const { connect, upstream } = await edgeWith(answering(OK), { userHeader: "remote-user" });
    const client = await connect();
    client.write(request("GET /", ["Remote_User: mallory", "REMOTE-USER: mallory", "X-Forwarded-User: mallory"]));
    await client.response();
    expect(withoutPseudonym(upstream.text)).toBe(forwarded("GET /", { userHeader: "Remote-User" }));
  });
});

describe("the user that signed in", () => {
  test("each request on a connection carries its own user", async () => {
    shared.upstream.script = answering(OK);
    const client = await shared.connect();
    for (const [credentials, user] of [
      [ALICE, "alice"],
      [BOB, "bob"],
      [ALICE, "alice"],
    ] as const) {
      client.write(request("GET /").replace(ALICE, credentials));
      await client.response();
      expect(withoutPseudonym(shared.upstream.peers.at(-1)?.text ?? "")).toBe(forwarded("GET /", { user }));
    }
    client.write(raw("GET / HTTP/1.1", [`Host: ${DOMAIN}`]));
    expect((await client.response()).status).toBe(401);
    expect(shared.upstream.peers).toHaveLength(3);
    expect(shared.log.exchanges.map(({ user }) => user)).toEqual(["alice", "bob", "alice", undefined]);
  });

  test("X-Forwarded-For is the bare address of the client", async () => {
    shared.upstream.script = answering(OK);
    const client = await shared.connect({ localAddress: "127.0.0.7" });
    client.write(request("GET /"));
    await client.response();
    expect(withoutPseudonym(shared.upstream.text)).toBe(forwarded("GET /", { client: "127.0.0.7" }));
  });
});

test("an IPv4 client of a socket that listens on IPv6 is written as IPv4, and counted as itself", async () => {
  const { connect, upstream, log } = await edgeWith(answering(OK), { hosts: ["::ffff:127.0.0.1"] });
  const client = await connect();
  client.write(request("GET /"));
  await client.response();
  expect(withoutPseudonym(upstream.text)).toBe(forwarded("GET /"));
  expect(log.exchanges.map(({ client: address }) => address)).toEqual(["127.0.0.1"]);
});

describe("credentials end at the edge", () => {
  test("Basic is removed, and other fields that look like it are not", async () => {
    expect(await sent(request("GET /", ["X-Authorization: Basic x"]))).toBe(forwarded("GET /", { fields: ["X-Authorization: Basic x"] }));
  });

  test("only the edge's own cookies are removed (RFC 6265 §5.4)", async () => {
    const cookies = [
      "Cookie: a=1; __Host-openclaw-edge-form=secret; b=2",
      "cookie: __Host-openclaw-edge-device=secret",
      "Cookie: __Host-openclaw-edge-form=secret; c=3",
      "Cookie: d=4;__Host-openclaw-edge-form=secret",
      "Cookie: __host-openclaw-edge=another; e=x__Host-openclaw-edge=y",
    ];
    expect(await sent(request("GET /", cookies))).toBe(
      forwarded("GET /", {
        fields: ["Cookie: a=1; b=2", "Cookie: c=3", "Cookie: d=4", "Cookie: __host-openclaw-edge=another; e=x__Host-openclaw-edge=y"],
      }),
    );
  });

  test.each([
    "__Host-openclaw-edge=forged; Path=/; Secure",
    " __Host-openclaw-edge=forged",
    "=__Host-openclaw-edge=forged",
    "__Host-openclaw-edge-device=forged",
  ])("an upstream that sets the edge's cookie (%s) is not heard", async (cookie) => {
    shared.upstream.script = answering(
      raw("HTTP/1.1 200 OK", ["Date: x", "Set-Cookie: a=1", `Set-Cookie: ${cookie}`, "Set-Cookie: b=2", "Content-Length: 0"]),
    );
    const client = await shared.connect();
    client.write(request("GET /"));
    expect((await client.response()).head).toBe(
      raw("HTTP/1.1 200 OK", ["Date: x", "Set-Cookie: a=1", "Set-Cookie: b=2", "Content-Length: 0"]),
    );
  });
});

describe("without the right credentials nothing goes upstream", () => {
  const attempts: readonly (readonly [title: string, fields: readonly string[], challenge: RegExp])[] = [
    ["none", [], /^Basic realm="OpenClaw", charset="UTF-8"$/],
    ["a wrong password", [`Authorization: ${basic("alice", "wrong")}`], /^Basic /],
    ["an unknown name", [`Authorization: ${basic("mallory", "correct horse")}`], /^Basic /],
    ["another user's password", [`Authorization: ${basic("bob", "correct horse")}`], /^Basic /],
    ["an empty password", [`Authorization: ${basic("alice", "")}`], /^Basic /],
    ["a name that would be two users", [`Authorization: ${basic("alice, mallory", "correct horse")}`], /^Basic /],
    ["broken base64", ["Authorization: Basic !!!"], /^Basic /],
    ["no colon", [`Authorization: Basic ${Buffer.from("alice").toString("base64")}`], /^Basic /],
    ["octets that are no UTF-8", [`Authorization: Basic ${Buffer.from("alice:p\xe4ss", "latin1").toString("base64")}`], /^Basic /],
    ["an empty name", [`Authorization: ${basic("", "correct horse")}`], /^Basic /],
    ["NUL behind the right password", [`Authorization: ${basic("alice", "correct horse\0")}`], /^Basic /],
    ["a password of 73 octets", [`Authorization: ${basic("alice", "x".repeat(73))}`], /^Basic /],
    ["a password of 8 KB", [`Authorization: ${basic("alice", "x".repeat(8_192))}`], /^Basic /],
    ["two Authorization lines, the first one right", [`Authorization: ${ALICE}`, `Authorization: ${BOB}`], /^Basic /],
    ["a foreign Bearer (a Basic challenge would make Chromium forget its password)", ["Authorization: Bearer abc"], /^Bearer /],
    ["a device pass that does not exist", ["Authorization: Bearer oce_abc"], /^Bearer /],
    ["right ones in Proxy-Authorization", [`Proxy-Authorization: ${ALICE}`], /^Basic /],
    ["an identity of one's own", ["X-Forwarded-User: alice"], /^Basic /],
  ];
  test.each(attempts)("%s: 401 with a challenge (RFC 9110 §15.5.2)", async (_, fields, challenge) => {
    const client = await shared.connect();
    client.write(raw("GET / HTTP/1.1", [`Host: ${DOMAIN}`, ...fields]));
    const response = await client.response();
    expect(response.status).toBe(401);
    expect(response.field("www-authenticate")).toMatch(challenge);
    expect(response.lines.filter((line) => /^www-authenticate:/i.test(line))).toHaveLength(1);
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test.each(attempts)("on a WebSocket handshake too, %s: 401 and never a 101", async (_, fields) => {
    const client = await shared.connect();
    client.write(raw("GET / HTTP/1.1", [`Host: ${DOMAIN}`, ...fields, ...HANDSHAKE]) + request("GET /frames-that-are-a-request"));
    expect((await client.response()).status).toBe(401);
    await client.end();
    expect(client.rest).toBe("");
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test("credentials of 100 KB: 431, before anybody looks at them (RFC 6585 §5)", async () => {
    const client = await shared.connect();
    client.write(raw("GET / HTTP/1.1", [`Host: ${DOMAIN}`, `Authorization: ${basic("alice", "x".repeat(75_000))}`]));
    expect((await client.response()).status).toBe(431);
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test("a password in UTF-8 opens, as RFC 7617 §2.1 announces it", async () => {
    const { connect } = await edgeWith(answering(OK), { users: { alice: "pässwört 🦞 密码" } });
    const client = await connect();
    client.write(raw("GET / HTTP/1.1", [`Host: ${DOMAIN}`, `Authorization: ${basic("alice", "pässwört 🦞 密码")}`]));
    expect((await client.response()).status).toBe(200);
  });

  test("a body that came with wrong credentials never becomes the next request", async () => {
    const client = await shared.connect();
    const hidden = request("POST /tools/invoke", ["Content-Length: 0"]);
    client.write(raw("POST / HTTP/1.1", [`Host: ${DOMAIN}`, `Content-Length: ${hidden.length}`], hidden));
    const response = await client.response();
    await client.end();
    expect({ status: response.status, close: response.field("connection"), rest: client.rest }).toEqual({
      status: 401,
      close: "close",
      rest: "",
    });
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test("a failed sign-in is an event of its own, and a name that does not exist is not written out", async () => {
    const client = await shared.connect();
    for (const credentials of [basic("alice", "tried here alone"), basic("my-password-in-the-wrong-field", "x")]) {
      client.write(request("GET /").replace(ALICE, credentials));
      await client.response();
    }
    expect(shared.log.failedSignIns.map(({ user, reason, client: address }) => ({ user, reason, address }))).toEqual([
      { user: "alice", reason: "wrong", address: "127.0.0.1" },
      { user: undefined, reason: "wrong", address: "127.0.0.1" },
    ]);
    expect(JSON.stringify([shared.log.exchanges, shared.log.failedSignIns, shared.log.entries])).not.toContain("my-password");
  });
});
