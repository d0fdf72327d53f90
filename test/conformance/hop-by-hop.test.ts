import { describe, expect, test } from "vitest";

import { edgeForFile } from "../support/edge.ts";
import { answering, OK } from "../support/raw-upstream.ts";
import { forwarded, raw, request, withoutPseudonym } from "../support/requests.ts";

const shared = edgeForFile();

/** Sends a request, has it answered, and resolves to what the upstream received and the client got. */
async function through(octets: string, response: string = OK): Promise<{ readonly sent: string; readonly got: string }> {
  shared.upstream.script = answering(response);
  const client = await shared.connect();
  client.write(octets);
  const { head, body } = await client.response(octets.slice(0, octets.indexOf(" ")));
  return { sent: withoutPseudonym(shared.upstream.text), got: head + body };
}

describe("requests", () => {
  test("Connection, what it nominates and the known hop-by-hop fields don't cross the edge; all else does, in order and as spelt (RFC 9110 §7.6.1, §5.3)", async () => {
    const { sent } = await through(
      request("GET /", [
        "X-First: 1",
        "Connection: keep-alive, X-Nominated , , x-other",
        "x-nominated: gone",
        "X-OTHER: gone",
        "connection: X-Third",
        "X-Third: gone",
        "Keep-Alive: timeout=5",
        "Proxy-Connection: keep-alive",
        "TE: trailers",
        "Trailer: X-Sum",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABk",
        "X-Repeated: a",
        "x-REPEATED: b",
        "X-Empty:",
        "X-Spaces: \t  inner  space \t ",
        "X-Obs-Text: caf\xe9",
        "X-Repeated: a",
      ]),
    );
    expect(sent).toBe(
      forwarded("GET /", {
        fields: [
          "X-First: 1",
          "X-Repeated: a",
          "x-REPEATED: b",
          "X-Empty: ",
          "X-Spaces: inner  space",
          "X-Obs-Text: caf\xe9",
          "X-Repeated: a",
        ],
      }),
    );
  });

  test("a client that nominates the edge's own fields takes none of them away (RFC 9110 §7.6.1)", async () => {
    const { sent } = await through(
      request("GET /", [
        "Connection: close, x-forwarded-for, X-Forwarded-User, x-forwarded-proto, x-forwarded-host, x-openclaw-scopes, via, host",
        "X-Forwarded-For: 203.0.113.9",
        "X-Forwarded-User: mallory",
        "Via: 1.1 somebody",
      ]),
    );
    expect(sent).toBe(forwarded("GET /"));
  });

  test("nominating Authorization or Cookie can't smuggle the edge's credentials through, nor Content-Length change the framing", async () => {
    shared.upstream.script = (peer) => peer.until("abc").then(() => peer.write(OK));
    const client = await shared.connect();
    client.write(
      request(
        "POST /",
        ["Connection: authorization, cookie, content-length, transfer-encoding", "Cookie: a=b", "Content-Length: 3"],
        "abc",
      ),
    );
    expect((await client.response()).status).toBe(200);
    expect(withoutPseudonym(shared.upstream.text)).toBe(`${forwarded("POST /", { framing: ["Content-Length: 3"] })}abc`);
  });

  test("a Connection field that is no list of tokens is refused with 400 (RFC 9110 §7.6.1)", async () => {
    const client = await shared.connect();
    client.write(request("GET /", ["Connection: x y"]));
    expect((await client.response()).status).toBe(400);
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test.each(["h2c", "TLS/1.0", "websocket/13", "h2c, websocket", "foo"])(
    "Upgrade to %s is dropped, and the request forwarded as a plain one (RFC 9110 §7.8)",
    async (protocol) => {
      const { sent, got } = await through(
        request("GET /", ["Connection: Upgrade, HTTP2-Settings", `Upgrade: ${protocol}`, "HTTP2-Settings: AAMAAABk"]),
      );
      expect(sent).toBe(forwarded("GET /"));
      expect(got).toContain("HTTP/1.1 200 OK\r\n");
    },
  );

  test("Upgrade: websocket without the Connection option is dropped as well (RFC 9110 §7.8)", async () => {
    const { sent } = await through(request("GET /", ["Upgrade: websocket", "Sec-WebSocket-Version: 13"]));
    expect(sent).toBe(forwarded("GET /", { fields: ["Sec-WebSocket-Version: 13"] }));
  });

  test("Via is added behind those of other gateways, with the version that came (RFC 9110 §7.6.3)", async () => {
    const { sent } = await through(request("GET /", ["Via: 1.0 fred, 1.1 p.example.net"]));
    expect(sent).toBe(forwarded("GET /", { fields: ["Via: 1.0 fred, 1.1 p.example.net"] }));
  });

  test("an HTTP/1.0 request goes upstream as HTTP/1.1, and Via says what it was (RFC 9110 §2.5, §7.6.3)", async () => {
    const { sent, got } = await through(request("GET /").replace("HTTP/1.1", "HTTP/1.0"));
    expect(sent).toBe(forwarded("GET /", { version: "1.0" }));
    expect(got).toBe("HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  });

  test("unknown fields and methods pass unchanged, names with underscores included (RFC 9110 §5.1, §9.1)", async () => {
    const fields = [
      "session_id: 7",
      "Idempotency-Key: k",
      "X-OpenClaw-Token: t",
      "x.y_z: 1",
      "Content_Length: 5",
      "Origin: https://ai.example.com",
    ];
    const { sent } = await through(request("M-SEARCH /", fields));
    expect(sent).toBe(forwarded("M-SEARCH /", { fields }));
  });

  test("an empty body that was declared stays declared, and none is added (RFC 9110 §8.6)", async () => {
    expect((await through(request("POST /", ["Content-Length: 0"]))).sent).toBe(forwarded("POST /", { framing: ["Content-Length: 0"] }));
    shared.upstream.reset();
    expect((await through(request("POST /"))).sent).toBe(forwarded("POST /"));
  });
});

describe("responses", () => {
  test("Connection, what it nominates and the known hop-by-hop fields don't cross the edge; all else does, in order and as spelt (RFC 9110 §7.6.1, §5.3)", async () => {
    const { got } = await through(
      request("GET /"),
      raw(
        "HTTP/1.1 203 Something Of Its Own",
        [
          "date: Thu, 01 Jan 2026 00:00:00 GMT",
          "Connection: close, X-Private",
          "X-Private: gone",
          "Keep-Alive: timeout=5",
          "Proxy-Connection: close",
          "Proxy-Authenticate: Basic",
          "Trailer: X-Sum",
          "Upgrade: h2c",
          "TE: trailers",
          "Set-Cookie: a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT",
          "X-Between: y",
          "set-cookie: b=2",
          "Set-Cookie: a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT",
          "content-length: 2",
          "X-Obs-Text: caf\xe9",
        ],
        "ok",
      ),
    );
    expect(got).toBe(
      raw(
        "HTTP/1.1 203 Something Of Its Own",
        [
          "date: Thu, 01 Jan 2026 00:00:00 GMT",
          "Set-Cookie: a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT",
          "X-Between: y",
          "set-cookie: b=2",
          "Set-Cookie: a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT",
          "X-Obs-Text: caf\xe9",
          "Content-Length: 2",
        ],
        "ok",
      ),
    );
  });

  test("the Gateway's own CSP, frame, type and referrer fields pass, and none is added to them", async () => {
    const fields = [
      "Date: Thu, 01 Jan 2026 00:00:00 GMT",
      "Content-Security-Policy: default-src 'self'",
      "X-Frame-Options: DENY",
      "X-Content-Type-Options: nosniff",
      "Referrer-Policy: no-referrer",
    ];
    const { got } = await through(request("GET /"), raw("HTTP/1.1 200 OK", [...fields, "Content-Length: 0"]));
    expect(got).toBe(raw("HTTP/1.1 200 OK", [...fields, "Content-Length: 0"]));
  });

  test("Date is added where the upstream sent none (RFC 9110 §6.6.1)", async () => {
    const { got } = await through(request("GET /"), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    const [, date = ""] = /^HTTP\/1\.1 200 OK\r\nDate: ([^\r]+)\r\nContent-Length: 2\r\n\r\nok$/.exec(got) ?? [];
    expect(new Date(date).toUTCString()).toBe(date);
    expect(Math.abs(Date.parse(date) - Date.now())).toBeLessThan(5_000);
  });

  test("an HTTP/1.0 upstream is answered for as HTTP/1.1 (RFC 9110 §2.5)", async () => {
    const { got } = await through(request("GET /"), "HTTP/1.0 200 OK\r\nDate: x\r\nContent-Length: 2\r\n\r\nok");
    expect(got).toBe("HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 2\r\n\r\nok");
  });

  test("a status line without a reason is written with its space (RFC 9112 §4)", async () => {
    const { got } = await through(request("GET /"), "HTTP/1.1 200\r\nDate: x\r\nContent-Length: 2\r\n\r\nok");
    expect(got).toBe("HTTP/1.1 200 \r\nDate: x\r\nContent-Length: 2\r\n\r\nok");
  });
});
