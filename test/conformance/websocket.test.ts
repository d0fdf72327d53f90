import { randomBytes } from "node:crypto";

import { describe, expect, test } from "vitest";

import { edgeForFile, edgeWith } from "../support/edge.ts";
import { eventually, pause } from "../support/eventually.ts";
import type { RawClient, RawClientOptions } from "../support/raw-client.ts";
import { answering, OK, type UpstreamPeer } from "../support/raw-upstream.ts";
import { forwarded, HANDSHAKE, raw, request, SWITCHING, WEBSOCKET_KEY, withoutPseudonym } from "../support/requests.ts";
import { accepting } from "../support/tunnel.ts";

const shared = edgeForFile();

const OPEN = request("GET /chat?x=1", HANDSHAKE);
/** What follows the 101 on the client's side. */
const SWITCHED = raw("HTTP/1.1 101 Switching Protocols", [
  SWITCHING.split("\r\n")[3] as string,
  "Connection: Upgrade",
  "Upgrade: websocket",
]);

async function tunnel(options: Partial<RawClientOptions> = {}): Promise<{ readonly client: RawClient; readonly peer: UpstreamPeer }> {
  shared.upstream.script = accepting;
  const client = await shared.connect(options);
  client.write(OPEN);
  await client.response();
  return { client, peer: await shared.upstream.peer() };
}

describe("the handshake (RFC 6455 §4)", () => {
  test("goes upstream with its fields, one Connection and one Upgrade, and the upstream's own 101 comes back", async () => {
    shared.upstream.script = accepting;
    const client = await shared.connect();
    const fields = ["Origin: https://ai.example.com", "Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Protocol: a, b"];
    client.write(
      request("GET /chat", [
        "Connection: keep-alive, UPGRADE",
        "upgrade: WebSocket",
        ...fields,
        "sec-websocket-version: 13",
        `Sec-WebSocket-Key: ${WEBSOCKET_KEY}`,
      ]),
    );
    await client.response();
    expect(client.text).toBe(SWITCHED);
    expect(withoutPseudonym(shared.upstream.text)).toBe(
      forwarded("GET /chat", {
        fields: [
          ...fields,
          "sec-websocket-version: 13",
          `Sec-WebSocket-Key: ${WEBSOCKET_KEY}`,
          "Connection: Upgrade",
          "Upgrade: websocket",
        ],
      }),
    );
  });

  const incomplete: readonly (readonly [title: string, octets: string, status: number])[] = [
    ["no key", request("GET /", HANDSHAKE.slice(0, 3)), 400],
    ["a key of 15 octets", request("GET /", [...HANDSHAKE.slice(0, 3), `Sec-WebSocket-Key: ${randomBytes(15).toString("base64")}`]), 400],
    ["a key that is no base64", request("GET /", [...HANDSHAKE.slice(0, 3), "Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!=="]), 400],
    ["two keys", request("GET /", [...HANDSHAKE, HANDSHAKE[3]]), 400],
    ["POST", request("POST /", HANDSHAKE), 400],
    ["a body", request("GET /", [...HANDSHAKE, "Content-Length: 5"], "hello"), 400],
    ["a chunked body", request("GET /", [...HANDSHAKE, "Transfer-Encoding: chunked"], "0\r\n\r\n"), 400],
    ["no version", request("GET /", [HANDSHAKE[0], HANDSHAKE[1], HANDSHAKE[3]]), 426],
    ["version 8", request("GET /", [HANDSHAKE[0], HANDSHAKE[1], "Sec-WebSocket-Version: 8", HANDSHAKE[3]]), 426],
    ["two versions in a list", request("GET /", [HANDSHAKE[0], HANDSHAKE[1], "Sec-WebSocket-Version: 13, 8", HANDSHAKE[3]]), 426],
  ];
  test.each(incomplete)("%s: refused, and nothing goes upstream (RFC 6455 §4.2.1)", async (_, octets, status) => {
    const client = await shared.connect();
    client.write(octets + request("GET /behind"));
    const response = await client.response();
    await client.end();
    expect({ status: response.status, rest: client.rest }).toEqual({ status, rest: "" });
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test("another version is answered 426 with the one that is spoken (RFC 6455 §4.4; RFC 9110 §15.5.22)", async () => {
    const client = await shared.connect();
    client.write(request("GET /", [HANDSHAKE[0], HANDSHAKE[1], "Sec-WebSocket-Version: 7", HANDSHAKE[3]]));
    const response = await client.response();
    expect([response.status, response.field("sec-websocket-version"), response.field("upgrade"), response.field("connection")]).toEqual([
      426,
      "13",
      "websocket",
      "close, Upgrade",
    ]);
  });

  test("HTTP/1.0 can't upgrade: the request goes upstream as a plain one (RFC 9110 §7.8)", async () => {
    shared.upstream.script = answering(OK);
    const client = await shared.connect();
    client.write(OPEN.replace("HTTP/1.1", "HTTP/1.0"));
    expect((await client.response()).status).toBe(200);
    expect(withoutPseudonym(shared.upstream.text)).toBe(
      forwarded("GET /chat?x=1", { fields: ["Sec-WebSocket-Version: 13", `Sec-WebSocket-Key: ${WEBSOCKET_KEY}`], version: "1.0" }),
    );
  });
});

describe("octets ahead of the 101 (aiohttp GHSA-mfx4-hv73-q22v, Pingora CVE-2026-2833)", () => {
  const HIDDEN = request("POST /tools/invoke", ["Content-Length: 0"]);

  test.each([
    ["403 with a body", raw("HTTP/1.1 403 Forbidden", ["Content-Length: 2"], "no")],
    ["200 and an open connection", OK],
    ["204", raw("HTTP/1.1 204 No Content", [])],
  ])("a request hidden behind a handshake that is refused with %s is never read as a request", async (_, answer) => {
    shared.upstream.script = answering(answer);
    const client = await shared.connect();
    client.write(OPEN + HIDDEN);
    const response = await client.response();
    client.write(HIDDEN);
    await client.end();
    expect({ close: response.field("connection"), rest: client.rest }).toEqual({ close: "close", rest: "" });
    await pause(10);
    expect(shared.upstream.text).not.toContain("/tools/invoke");
    const peer = await shared.upstream.peer();
    await eventually(() => peer.ended || peer.closed);
  });

  test("they are held back until the 101, and then they are the tunnel's", async () => {
    const client = await shared.connect();
    client.write(OPEN + "early");
    const peer = await shared.upstream.peer();
    await peer.head();
    client.write("-bird");
    await pause(20);
    expect(peer.text.endsWith("\r\n\r\n")).toBe(true);
    peer.write(`${SWITCHING}hello`);
    await peer.until("early-bird");
    await client.until("hello");
    expect(client.text).toBe(`${SWITCHED}hello`);
  });

  test("they are bounded: the edge stops reading, and a flood ahead of the 101 stays the client's", async () => {
    const { connect, upstream } = await edgeWith(async (peer) => void (await peer.head()), { limits: { pipelined: 10_000 } });
    const client = await connect();
    client.write(OPEN);
    const peer = await upstream.peer();
    await peer.head();
    const flood = Buffer.alloc(16_000_000, "f");
    client.write(flood);
    await pause(200);
    expect(client.socket.writableLength).toBeGreaterThan(1_000_000);
    // And nothing of it is lost once the tunnel stands.
    const before = peer.length;
    peer.write(SWITCHING);
    await eventually(
      () => peer.length === before + flood.length,
      8_000,
      () => `${peer.length - before} of ${flood.length} octets came`,
    );
  });
});

describe("an upstream whose handshake is not valid: 502, and no tunnel (RFC 6455 §4.1)", () => {
  const SUBSTITUTE = `Sec-WebSocket-Accept: ${Buffer.alloc(20, 7).toString("base64")}`;
  const RIGHT = SWITCHING.split("\r\n")[3] as string;
  test.each([
    ["a wrong Sec-WebSocket-Accept", ["Upgrade: websocket", "Connection: Upgrade", SUBSTITUTE]],
    ["no Sec-WebSocket-Accept", ["Upgrade: websocket", "Connection: Upgrade"]],
    ["no Upgrade", ["Connection: Upgrade", RIGHT]],
    ["another protocol", ["Upgrade: h2c", "Connection: Upgrade", RIGHT]],
    ["no Connection", ["Upgrade: websocket", RIGHT]],
  ])("%s", async (_, fields) => {
    shared.upstream.script = async (peer) => {
      await peer.head();
      peer.write(raw("HTTP/1.1 101 Switching Protocols", fields, "frames"));
    };
    const client = await shared.connect();
    client.write(`${OPEN}early`);
    const response = await client.response();
    await client.end();
    expect({ status: response.status, rest: client.rest }).toEqual({ status: 502, rest: "" });
    const peer = await shared.upstream.peer();
    await eventually(() => peer.ended || peer.closed);
    expect(peer.text).not.toContain("early");
    expect(shared.log.exchanges.map(({ code }) => code)).toEqual(["bad_upstream_handshake"]);
  });
});

describe("the tunnel", () => {
  test("carries any octets both ways, byte for byte, in any size", async () => {
    const { client, peer } = await tunnel();
    const up = randomBytes(3_000_000);
    const down = randomBytes(3_000_000);
    const before = peer.length;
    client.write(up);
    peer.write(down);
    await eventually(() => peer.length - before === up.length && client.length === SWITCHED.length + down.length);
    expect(peer.bytes.subarray(before).equals(up)).toBe(true);
    expect(client.bytes.subarray(SWITCHED.length).equals(down)).toBe(true);
  });

  test("a client's half-close: what it sent is flushed upstream, and then both sides are closed (RFC 9110 §9.3.6)", async () => {
    const { client, peer } = await tunnel();
    const last = randomBytes(1_000_000);
    client.socket.end(last);
    await eventually(() => peer.ended);
    expect(peer.bytes.subarray(-last.length).equals(last)).toBe(true);
    await client.end();
    peer.socket.end();
    await eventually(() => peer.closed && shared.log.exchanges.length === 1);
    expect(shared.log.exchanges[0]).toMatchObject({ status: 101, received: last.length, code: undefined });
  });

  test("an upstream's half-close: what it sent is flushed to the client, then close_notify, and both sides are closed (RFC 9110 §9.3.6; RFC 9112 §9.8)", async () => {
    const { client, peer } = await tunnel({ tapped: true });
    const last = randomBytes(1_000_000);
    peer.socket.end(last);
    await client.end();
    expect(client.closeNotify).toBe(true);
    expect(client.bytes.subarray(SWITCHED.length).equals(last)).toBe(true);
    await eventually(() => peer.ended);
    client.socket.end();
    await eventually(() => client.closed && peer.closed);
    expect(shared.log.exchanges[0]).toMatchObject({ status: 101, sent: last.length, code: undefined });
  });

  test("an upstream that goes on sending after the client has ended disturbs nobody", async () => {
    const { client, peer } = await tunnel();
    client.socket.end();
    for (let index = 0; index < 20; index++) {
      peer.write(randomBytes(10_000));
      await pause(1);
    }
    await eventually(() => peer.ended || peer.closed);
    await client.end();
    const { client: next } = await tunnel();
    expect(next.closed).toBe(false);
  });

  test("a reset by either side reaches the other at once", async () => {
    const first = await tunnel();
    first.client.destroy();
    await eventually(() => first.peer.ended || first.peer.closed, 1_000);
    shared.upstream.reset();
    const second = await tunnel();
    second.peer.socket.resetAndDestroy();
    await eventually(() => second.client.ended || second.client.closed, 1_000);
  });

  test("idle tunnels live through all time-outs, and so does a quiet stream of events", async () => {
    const { connect, upstream } = await edgeWith(accepting, {
      timeouts: { head: 40, idle: 40, body: 40, write: 40, firstByte: 40, handshake: 1_000, connect: 40 },
    });
    const client = await connect();
    client.write(OPEN);
    await client.response();
    upstream.script = async (peer) => {
      await peer.head();
      peer.write(raw("HTTP/1.1 200 OK", ["Content-Type: text/event-stream", "Transfer-Encoding: chunked"]));
    };
    const listener = await connect();
    listener.write(request("GET /events"));
    await listener.until("\r\n\r\n");
    await pause(400);
    (await upstream.peer(1)).write("8\r\ndata: 1\n\r\n");
    await listener.until("data: 1\n");
    client.write("ping");
    const peer = await upstream.peer();
    await peer.until("ping");
    peer.write("pong");
    await client.until("pong");
  });

  test("backpressure reaches both sides: an upstream and a client that are not read from are paused", async () => {
    const { client, peer } = await tunnel();
    const flood = Buffer.alloc(24_000_000, "x");
    client.socket.pause();
    peer.write(flood);
    await pause(250);
    expect(peer.socket.writableLength).toBeGreaterThan(8_000_000);
    client.socket.resume();
    await eventually(() => client.length === SWITCHED.length + flood.length);
    peer.socket.pause();
    const before = peer.length;
    client.write(flood);
    await pause(250);
    expect(client.socket.writableLength).toBeGreaterThan(8_000_000);
    peer.socket.resume();
    await eventually(() => peer.length === before + flood.length);
  });
});

test(
  "an upstream that ignores the client's end is closed all the same, and its socket does not stay (RFC 9110 §9.3.6)",
  { timeout: 15_000 },
  async () => {
    const { client, peer } = await tunnel();
    client.socket.end();
    await eventually(() => peer.ended);
    // The other half stays open here. A socket that is closed answers data with a reset.
    const writing = setInterval(() => peer.write("still here"), 50);
    await eventually(
      () => peer.closed,
      4_000,
      () => "The upstream's socket stays open on the edge's side",
    ).finally(() => clearInterval(writing));
  },
);
