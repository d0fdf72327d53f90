import { createHash, randomBytes } from "node:crypto";

import { describe, expect, test } from "vitest";

import { edgeForFile, edgeWith } from "../support/edge.ts";
import { eventually, pause } from "../support/eventually.ts";
import type { RawClient } from "../support/raw-client.ts";
import { answering, OK } from "../support/raw-upstream.ts";
import { dechunked, forwarded, HANDSHAKE, raw, request, SWITCHING, withoutPseudonym } from "../support/requests.ts";

const shared = edgeForFile();
const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("request bodies", () => {
  test("20 MB with Content-Length arrive octet by octet", async () => {
    const body = randomBytes(20_000_000);
    const client = await shared.connect();
    client.write(request("POST /", [`Content-Length: ${body.length}`]));
    client.write(body);
    const peer = await shared.upstream.peer();
    const head = forwarded("POST /", { framing: [`Content-Length: ${body.length}`] });
    const before = (await peer.head()).length;
    expect(withoutPseudonym(await peer.head())).toBe(head);
    await eventually(() => peer.length === before + body.length, 10_000);
    expect(digest(peer.bytes.subarray(before))).toBe(digest(body));
    peer.write(OK);
    expect((await client.response()).body).toBe("ok");
    expect(shared.log.exchanges[0]).toMatchObject({ received: body.length, sent: 2, status: 200 });
  });

  test("a chunked body in chunks of every size arrives octet by octet", async () => {
    const body = randomBytes(500_000);
    const client = await shared.connect();
    client.write(request("POST /", ["Transfer-Encoding: chunked"]));
    for (let offset = 0, size = 1; offset < body.length; offset += size, size = (size * 3) % 4_099 || 1) {
      const chunk = body.subarray(offset, offset + size);
      client
        .write(`${chunk.length.toString(16)}\r\n`)
        .write(chunk)
        .write("\r\n");
    }
    client.write("0\r\n\r\n");
    const peer = await shared.upstream.peer();
    await peer.until("\r\n0\r\n\r\n");
    expect(digest(Buffer.from(dechunked(peer.text.slice((await peer.head()).length)), "latin1"))).toBe(digest(body));
  });

  test("the body is not waited for: the head and each piece go upstream as they come", async () => {
    const client = await shared.connect();
    client.write(request("POST /", ["Content-Length: 6"]));
    const peer = await shared.upstream.peer();
    await peer.head();
    for (const piece of ["ab", "cd", "ef"]) {
      client.write(piece);
      await peer.until(piece);
    }
  });

  test("a body that came while the password was checked is not lost, and does not run into the next request", async () => {
    shared.upstream.script = answering(OK);
    const client = await shared.connect({ localAddress: "127.0.0.9" });
    client.write(request("POST /a", ["Content-Length: 9"], "GET /x\r\n\r") + request("GET /b"));
    const first = await shared.upstream.peer();
    await first.until("GET /x\r\n\r");
    first.write(OK);
    await (await shared.upstream.peer(1)).head();
    await client.response();
    expect(withoutPseudonym(shared.upstream.text)).toBe(
      `${forwarded("POST /a", { framing: ["Content-Length: 9"], client: "127.0.0.9" })}GET /x\r\n\r${forwarded("GET /b", { client: "127.0.0.9" })}`,
    );
  });

  test("backpressure: an upstream that does not read stops the client, and nothing is lost", async () => {
    const body = randomBytes(24_000_000);
    shared.upstream.script = (peer) => void peer.socket.pause();
    const client = await shared.connect();
    client.write(request("POST /", [`Content-Length: ${body.length}`]));
    client.write(body);
    const peer = await shared.upstream.peer();
    await pause(250);
    expect(client.socket.writableLength).toBeGreaterThan(8_000_000);
    peer.socket.resume();
    await eventually(() => peer.length > body.length, 10_000);
    expect(digest(peer.bytes.subarray(-body.length))).toBe(digest(body));
  });

  test("an early answer reaches the client while its body still flows, and the connection ends with it (RFC 9112 §9.5)", async () => {
    const client = await shared.connect();
    client.write(request("POST /", ["Content-Length: 1000000"], "x".repeat(1_000)));
    const peer = await shared.upstream.peer();
    await peer.until("xxx");
    peer.write(raw("HTTP/1.1 413 Content Too Large", ["Date: x", "Content-Length: 3"], "big"));
    const response = await client.response();
    expect([response.status, response.body]).toEqual([413, "big"]);
    await client.end();
    await eventually(() => peer.ended || peer.closed);
    // What still comes of the body is not read as a request.
    client.write(request("GET /hidden"));
    await pause(20);
    expect(shared.upstream.text).not.toContain("/hidden");
  });

  test("an answer that is streamed while the body is streamed (both directions at once) is complete", async () => {
    const client = await shared.connect();
    client.write(request("POST /", ["Transfer-Encoding: chunked"]));
    const peer = await shared.upstream.peer();
    await peer.head();
    peer.write(raw("HTTP/1.1 200 OK", ["Date: x", "Transfer-Encoding: chunked"]));
    for (const word of ["one", "two", "three"]) {
      client.write(`${word.length}\r\n${word}\r\n`);
      await peer.until(word);
      peer.write(`${word.length}\r\n${word}\r\n`);
      await client.until(word);
    }
    client.write("0\r\n\r\n");
    await peer.until("0\r\n\r\n");
    peer.write("0\r\n\r\n");
    expect((await client.response()).body).toBe("onetwothree");
    shared.upstream.script = answering(OK);
    client.write(request("GET /next"));
    expect((await client.response()).body).toBe("ok");
  });
});

describe("a client that leaves", () => {
  test.each([
    ["waits for the answer", ""],
    [
      "listens to a stream of events",
      raw("HTTP/1.1 200 OK", ["Content-Type: text/event-stream", "Transfer-Encoding: chunked"], "8\r\ndata: 1\n\r\n"),
    ],
  ])("while it %s takes its upstream request with it at once", async (_, begun) => {
    const client = await shared.connect();
    client.write(request("GET /"));
    const peer = await shared.upstream.peer();
    await peer.head();
    if (begun !== "") {
      peer.write(begun);
      await client.until("data: 1");
    }
    client.destroy();
    await eventually(() => peer.ended || peer.closed, 1_000);
    await eventually(() => shared.log.exchanges.length === 1);
    expect(shared.log.exchanges[0]).toMatchObject({ status: begun === "" ? 0 : 200, code: "client_left", user: "alice" });
  });

  test("in the middle of its body takes its upstream request with it, which is never complete", async () => {
    const client = await shared.connect();
    client.write(request("POST /", ["Transfer-Encoding: chunked"], "4\r\nhalf\r\n"));
    const peer = await shared.upstream.peer();
    await peer.until("half");
    client.destroy();
    await eventually(() => peer.ended || peer.closed, 1_000);
    expect(peer.text.endsWith("4\r\nhalf\r\n")).toBe(true);
  });

  test("after it has sent a body, and a little ahead of its turn, while its password was checked, takes its upstream request with it", async () => {
    const { connect, upstream, log } = await edgeWith(undefined, { cost: 11 });
    const client = await connect();
    // More than may wait, until the body is on its way; then less.
    client.write(request("POST /left", ["Content-Length: 40000"], "x".repeat(40_000)));
    client.write(request("GET /ahead", [`X: ${"y".repeat(9_000)}`]).repeat(4));
    const peer = await upstream.peer();
    await peer.until("x".repeat(40_000));
    await pause(20);
    client.destroy();
    await eventually(() => peer.ended || peer.closed, 1_000);
    await eventually(() => log.exchanges.length === 1);
    expect(log.exchanges[0]).toMatchObject({ status: 0, code: "client_left", user: "alice" });
  });

  test("while its password is checked leaves nothing behind: no upstream request, one line", async () => {
    const { connect, upstream, log } = await edgeWith(answering(OK), { cost: 10 });
    const client = await connect();
    client.write(request("GET /left"));
    await pause(20);
    client.destroy();
    await eventually(() => log.exchanges.length === 1);
    expect(log.exchanges[0]).toMatchObject({ status: 0, code: "client_left", user: undefined });
    // By the time another check of the same password has ended, the first one has, too.
    const other = await connect();
    other.write(request("GET /stayed"));
    expect((await other.response()).status).toBe(200);
    expect(withoutPseudonym(upstream.text)).toBe(forwarded("GET /stayed"));
    expect(log.exchanges).toHaveLength(2);
  });
});

describe("response bodies", () => {
  test("events of a stream come one by one, none is held back", async () => {
    const client = await shared.connect();
    client.write(request("GET /events"));
    const peer = await shared.upstream.peer();
    await peer.head();
    peer.write(
      raw("HTTP/1.1 200 OK", ["Date: x", "Content-Type: text/event-stream", "Cache-Control: no-cache", "Transfer-Encoding: chunked"]),
    );
    expect(await client.until("\r\n\r\n")).toBe(
      raw("HTTP/1.1 200 OK", ["Date: x", "Content-Type: text/event-stream", "Cache-Control: no-cache", "Transfer-Encoding: chunked"]),
    );
    for (let event = 1; event <= 5; event++) {
      peer.write(`9\r\ndata: ${event}\n\n\r\n`);
      await client.until(`9\r\ndata: ${event}\n\n\r\n`);
      await pause(5);
    }
  });

  test("backpressure: for a client that does not read, a bounded part is taken from the upstream", async () => {
    const body = randomBytes(24_000_000);
    shared.upstream.script = async (peer) => {
      await peer.head();
      peer.write(raw("HTTP/1.1 200 OK", [`Content-Length: ${body.length}`]));
      peer.write(body);
    };
    const client = await shared.connect();
    client.socket.pause();
    client.write(request("GET /"));
    const peer = await shared.upstream.peer();
    await pause(300);
    expect(peer.socket.writableLength).toBeGreaterThan(8_000_000);
    client.socket.resume();
    await eventually(() => client.length > body.length, 10_000);
    expect(digest(client.bytes.subarray(-body.length))).toBe(digest(body));
  });

  test(
    "slow readers get every octet in its place: the read buffer that all upstream sockets share is never overwritten under them",
    { timeout: 30_000 },
    async () => {
      // Downloads with Content-Length, in chunks and through WebSockets, each octet telling its stream and its place.
      const LENGTH = 1_500_000;
      const octets = (stream: number): Buffer => {
        const bytes = Buffer.allocUnsafe(LENGTH);
        for (let index = 0; index < LENGTH; index += 4) bytes.writeUInt32BE(((stream << 24) | (index >> 2)) >>> 0, index);
        return bytes;
      };
      shared.upstream.script = async (peer) => {
        const [, kind, number] = /^GET \/(\w+)\/(\d+)/.exec(await peer.head()) ?? [];
        const bytes = octets(Number(number));
        if (kind === "length") peer.write(raw("HTTP/1.1 200 OK", [`Content-Length: ${LENGTH}`]));
        if (kind === "chunked") peer.write(raw("HTTP/1.1 200 OK", ["Transfer-Encoding: chunked"]));
        if (kind === "socket") peer.write(SWITCHING);
        for (let offset = 0, size = 1; offset < LENGTH; offset += size, size = (size * 7 + 13) % 70_001) {
          const piece = bytes.subarray(offset, offset + size);
          const frame =
            kind === "chunked" ? Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]) : piece;
          if (!peer.write(frame)) await new Promise((resolve) => peer.socket.once("drain", resolve));
        }
        if (kind === "chunked") peer.write("0\r\n\r\n");
      };
      const download = async (kind: string, number: number): Promise<void> => {
        const client = await shared.connect(number % 2 === 0 ? { tls: { maxVersion: "TLSv1.2" } } : {});
        const slow = setInterval(() => (client.socket.isPaused() ? client.socket.resume() : client.socket.pause()), 3 + number);
        client.write(request(`GET /${kind}/${number}`, kind === "socket" ? HANDSHAKE : []));
        await bodyOf(client, kind, LENGTH);
        clearInterval(slow);
        const bytes = client.bytes.subarray(client.bytes.indexOf("\r\n\r\n") + 4);
        const body = kind === "chunked" ? Buffer.from(dechunked(bytes.toString("latin1")), "latin1") : bytes;
        expect({ kind, number, digest: digest(body) }).toEqual({ kind, number, digest: digest(octets(number)) });
      };
      await Promise.all(
        ["length", "chunked", "socket"].flatMap((kind, index) => [0, 1, 2, 3].map((number) => download(kind, index * 4 + number))),
      );
    },
  );
});

function bodyOf(client: RawClient, kind: string, length: number): Promise<void> {
  return eventually(
    () =>
      (kind === "chunked"
        ? client.bytes.subarray(-5).toString("latin1") === "0\r\n\r\n"
        : client.length >= client.bytes.indexOf("\r\n\r\n") + 4 + length) || client.closed,
    20_000,
    () => `${kind}: ${client.length} octets came`,
  );
}
