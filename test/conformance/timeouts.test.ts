import { readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { Worker } from "node:worker_threads";

import { describe, expect, onTestFinished, test } from "vitest";

import { edgeForFile, edgeWith } from "../support/edge.ts";
import { eventually, pause } from "../support/eventually.ts";
import { rawClient } from "../support/raw-client.ts";
import { answering, OK } from "../support/raw-upstream.ts";
import { raw, request } from "../support/requests.ts";

const shared = edgeForFile({
  timeouts: { firstByte: 150, handshake: 150, head: 150, idle: 300, body: 200, write: 300, connect: 150 },
  limits: { minimumBodyRate: 1_000 },
});

describe("a client that is too slow", () => {
  test("says nothing: the connection is closed after the first byte's time, without a word", async () => {
    const client = await rawClient({ port: shared.edge.port, plain: true });
    await client.end();
    expect(client.text).toBe("");
  });

  test("begins a TLS handshake and does not go on: the connection is closed", async () => {
    const socket = connectTcp({ port: shared.edge.port, host: "127.0.0.1" });
    onTestFinished(() => void socket.destroy());
    socket.on("error", () => {});
    socket.write(Buffer.from([0x16, 0x03, 0x01]));
    let closed = false;
    socket.on("close", () => (closed = true)).resume();
    await eventually(() => closed, 3_000);
  });

  test("completes the handshake and sends no request: the connection is closed without a word", async () => {
    const client = await shared.connect();
    await client.end();
    expect(client.text).toBe("");
  });

  test("does not end its head: 408 and close (RFC 9110 §15.5.9), even if an octet comes now and then", async () => {
    const client = await shared.connect();
    client.write("GET / HTTP/1.1\r\n");
    const trickle = setInterval(() => client.write("X"), 30);
    const response = await client.response("GET", 2_000).finally(() => clearInterval(trickle));
    await client.end();
    expect([response.status, response.field("connection")]).toEqual([408, "close"]);
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test("rests between two requests: the connection is closed without an answer that would be read as the next one's (RFC 9112 §9.5)", async () => {
    shared.upstream.script = answering(OK);
    const client = await shared.connect();
    client.write(request("GET /"));
    await client.response();
    await pause(150);
    expect(client.ended).toBe(false);
    await client.end();
    expect(client.rest).toBe("");
  });

  test("trickles its body: 408, and the upstream request goes with it", async () => {
    const client = await shared.connect();
    client.write(request("POST /", ["Content-Length: 10000"], "x"));
    const trickle = setInterval(() => client.write("x"), 20);
    const response = await client.response("GET", 3_000).finally(() => clearInterval(trickle));
    expect(response.status).toBe(408);
    await client.end();
    const peer = await shared.upstream.peer();
    await eventually(() => peer.ended || peer.closed);
    expect(shared.log.exchanges.map(({ code }) => code)).toEqual(["body_timeout"]);
  });

  test("sends its body above the least rate: it is left alone", async () => {
    const client = await shared.connect();
    client.write(request("POST /", ["Content-Length: 1000"]));
    const peer = await shared.upstream.peer();
    for (let index = 0; index < 10; index++) {
      client.write("x".repeat(100));
      await pause(50);
    }
    await peer.until("x".repeat(1_000));
    peer.write(OK);
    expect((await client.response()).status).toBe(200);
  });

  test("waits for 100 (Continue): it is not the client that is slow", async () => {
    const client = await shared.connect();
    client.write(request("POST /", ["Expect: 100-continue", "Content-Length: 4"]));
    const peer = await shared.upstream.peer();
    await peer.head();
    await pause(500);
    peer.write("HTTP/1.1 100 Continue\r\n\r\n");
    await client.until("100 Continue");
    client.write("body");
    await peer.until("body");
    peer.write(OK);
    await client.until("ok");
  });

  test("is stopped by an upstream that does not read its body: it is not the client that is slow, and the upstream is cut with 504", async () => {
    shared.upstream.script = (peer) => void peer.socket.pause();
    const client = await shared.connect();
    client.write(request("POST /", ["Content-Length: 30000000"]));
    client.write(Buffer.alloc(30_000_000));
    expect((await client.response("GET", 5_000)).status).toBe(504);
    expect(shared.log.exchanges.map(({ code }) => code)).toEqual(["upstream_timeout"]);
  });

  test("reads nothing of its answer: it is cut, and the upstream request goes with it", async () => {
    shared.upstream.script = async (peer) => {
      await peer.head();
      peer.write(raw("HTTP/1.1 200 OK", ["Content-Length: 30000000"]));
      peer.write(Buffer.alloc(30_000_000));
    };
    const client = await shared.connect();
    client.write(request("GET /"));
    await client.until("200 OK");
    client.socket.pause();
    const peer = await shared.upstream.peer();
    await eventually(() => shared.log.exchanges.length === 1 && (peer.ended || peer.closed));
    expect(shared.log.exchanges[0]).toMatchObject({ status: 200, code: "read_timeout" });
  });

  test("reads nothing of many answers and has not signed in: it is cut after a head's time, since all it can want is memory", async () => {
    const edge = await edgeWith(answering(OK), { timeouts: { head: 300, write: 60_000 } });
    const [stranger, user] = [await edge.connect(), await edge.connect()];
    for (const client of [stranger, user]) client.socket.pause();
    stranger.write("GET /.edge/login HTTP/1.1\r\nHost: ai.example.com\r\n\r\n".repeat(4_000));
    user.write(request("GET /").repeat(4_000));
    await eventually(() => edge.log.exchanges.some(({ user: name }) => name === "alice"));
    const open = async (): Promise<number> => (await edge.edge.status()).connections.open;
    for (let look = 0; look < 80 && (await open()) > 1; look++) await pause(50);
    expect(await open()).toBe(1);
    user.socket.resume();
    expect((await user.response()).status).toBe(200);
  });

  test("reads slowly: it makes progress, and is left alone", async () => {
    const { connect } = await edgeWith(
      async (peer) => {
        await peer.head();
        peer.write(raw("HTTP/1.1 200 OK", ["Content-Length: 8000000"]));
        peer.write(Buffer.alloc(8_000_000));
      },
      { timeouts: { write: 400 } },
    );
    const client = await connect();
    client.write(request("GET /"));
    for (let turn = 0; turn < 12; turn++) {
      client.socket.pause();
      await pause(100);
      const before = client.length;
      client.socket.resume();
      await eventually(() => client.length > before || client.length >= 8_000_000);
      if (client.length >= 8_000_000) break;
    }
    client.socket.resume();
    await eventually(() => client.length > 8_000_000 || client.closed);
    expect(client.length).toBeGreaterThan(8_000_000);
  });
});

describe("an upstream that is too slow", () => {
  test("does not accept: 504 with Retry-After after the connect time (RFC 9110 §15.6.5)", async () => {
    // A listening socket whose thread sleeps: once its queue is full, the kernel answers no further SYN.
    const worker = new Worker(
      `const { createServer } = require("node:net");
       const { parentPort } = require("node:worker_threads");
       const server = createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
         parentPort.postMessage(server.address().port);
         setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5_000), 1);
       });`,
      { eval: true },
    );
    onTestFinished(async () => void (await worker.terminate()));
    const port = await new Promise<number>((resolve) => worker.once("message", resolve));
    await pause(50);
    const fillers = Array.from({ length: 6 }, () => connectTcp({ port, host: "127.0.0.1" }).on("error", () => {}));
    onTestFinished(() => {
      for (const filler of fillers) filler.destroy();
    });
    await pause(50);
    const { connect, log } = await edgeWith(undefined, { upstream: port, timeouts: { connect: 150 } });
    const client = await connect();
    client.write(request("GET /"));
    const response = await client.response("GET", 3_000);
    expect([response.status, response.field("retry-after")]).toEqual([504, "5"]);
    expect(log.exchanges.map(({ code }) => code)).toEqual(["upstream_timeout"]);
  });

  test("thinks for long: there is no time-out in total", async () => {
    const client = await shared.connect();
    client.write(request("GET /"));
    const peer = await shared.upstream.peer();
    await peer.head();
    await pause(700);
    peer.write(OK);
    expect((await client.response()).body).toBe("ok");
  });
});

describe("somebody whose machine is gone without a word", () => {
  test.runIf(process.platform === "linux")("is found out by TCP keep-alive after a minute, on both sides (RFC 9293 §3.8.4)", async () => {
    const { connect, upstream, port } = await edgeWith(answering(OK));
    const client = await connect();
    client.write(request("GET /"));
    await client.response();
    const peer = await upstream.peer();
    await eventually(() => {
      const timers = [timerOf(port, client.socket.localPort), timerOf(peer.socket.remotePort, upstream.port)];
      return timers.every((timer) => timer?.kind === "02" && timer.seconds > 50 && timer.seconds <= 60);
    });
    // Only the edge has asked for it.
    expect([timerOf(client.socket.localPort, port), timerOf(upstream.port, peer.socket.remotePort)]).toMatchObject([
      { kind: "00" },
      { kind: "00" },
    ]);
  });

  /** The timer of a connection of this process (proc_net_tcp): 02 is keep-alive, 01 a retransmission; seconds until it ends. */
  function timerOf(local: number | undefined, remote: number | undefined): { readonly kind: string; readonly seconds: number } | undefined {
    const hex = (port = 0): string => `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
    const lines = readFileSync("/proc/self/net/tcp", "latin1").split("\n");
    const line = lines.map((text) => text.trim().split(/\s+/)).find(([, one, other]) => one === hex(local) && other === hex(remote));
    const [kind, ticks] = line?.[5]?.split(":") ?? [];
    return kind === undefined || ticks === undefined ? undefined : { kind, seconds: Number.parseInt(ticks, 16) / 100 };
  }
});

describe("bounds", () => {
  test("connections beyond a client prefix's bound are refused, and other clients are not", async () => {
    const { connect, port } = await edgeWith(answering(OK), { limits: { connectionsPerClient: 2 } });
    const [first] = [await connect(), await connect()];
    const refused = await rawClient({ port, plain: true });
    await eventually(() => refused.ended || refused.closed, 1_000);
    const other = await connect({ localAddress: "127.0.0.2" });
    other.write(request("GET /"));
    expect((await other.response()).status).toBe(200);
    // A place that was given back is free again.
    first.destroy();
    await pause(20);
    const next = await connect();
    next.write(request("GET /"));
    expect((await next.response()).status).toBe(200);
  });
});
