import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { createServer, type Server } from "node:net";

import { describe, expect, onTestFinished, test } from "vitest";

import { edgeWith } from "../support/edge.ts";
import { eventually, pause } from "../support/eventually.ts";
import { answering, OK, startRawUpstream } from "../support/raw-upstream.ts";
import { HANDSHAKE, request, SWITCHING } from "../support/requests.ts";

/** A port where nothing listens until `listen` is called. */
async function absentUpstream() {
  const reserved = await startRawUpstream();
  await reserved.close();
  const received: string[] = [];
  const listen = (answer: string): Server => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", (bytes) => {
        received.push(bytes.toString("latin1"));
        socket.write(answer);
      });
    });
    server.listen(reserved.port, "127.0.0.1");
    onTestFinished(() => void server.close());
    return server;
  };
  return { port: reserved.port, received, listen };
}

describe("a WebSocket handshake while the Gateway restarts", () => {
  test("is held, and goes through as soon as it is back, with what the client sent before", async () => {
    const gateway = await absentUpstream();
    const { connect, log } = await edgeWith(undefined, { upstream: gateway.port });
    const clients = await Promise.all(Array.from({ length: 40 }, () => connect()));
    for (const client of clients) client.write(`${request("GET /chat", HANDSHAKE)}\x81\x80abcd`);
    await pause(600);
    expect(clients.some((client) => client.text !== "" || client.ended)).toBe(false);
    gateway.listen(SWITCHING);
    for (const client of clients) expect((await client.response()).status).toBe(101);
    await eventually(() => gateway.received.filter((text) => text.includes("\x81\x80abcd")).length === 40, 5_000);
    expect(log.exchanges.filter(({ code }) => code === "upstream_refused")).toEqual([]);
  });

  test("is refused with 503 when the time is over, and no later request on the connection is made of its frames", async () => {
    const gateway = await absentUpstream();
    const { connect, log } = await edgeWith(undefined, { upstream: gateway.port, timeouts: { hold: 400 } });
    const client = await connect();
    const start = performance.now();
    client.write(`${request("GET /chat", HANDSHAKE)}GET /smuggled HTTP/1.1\r\nHost: ai.example.com\r\n\r\n`);
    expect((await client.response()).status).toBe(503);
    expect(performance.now() - start).toBeGreaterThanOrEqual(390);
    await client.end();
    expect(log.exchanges.map(({ target, code }) => [target, code])).toEqual([["/chat", "upstream_refused"]]);
  });

  test("that its client gives up is forgotten: the Gateway never sees it", async () => {
    const gateway = await absentUpstream();
    const { connect, log } = await edgeWith(undefined, { upstream: gateway.port });
    const client = await connect();
    client.write(request("GET /chat", HANDSHAKE));
    await pause(100);
    client.reset();
    await eventually(() => log.exchanges.length === 1);
    gateway.listen(SWITCHING);
    await pause(600);
    expect(gateway.received).toEqual([]);
    expect(log.exchanges.map(({ code }) => code)).toEqual(["client_left"]);
  });

  test("asks a Gateway that goes away again no oftener than one that has not come yet", async () => {
    const gateway = await absentUpstream();
    const { connect } = await edgeWith(undefined, { upstream: gateway.port, timeouts: { hold: 2_000 } });
    const clients = await Promise.all(Array.from({ length: 80 }, () => connect()));
    for (const client of clients) client.write(request("GET /chat", HANDSHAKE));
    await pause(100);
    // It takes the edge's first look, and crashes.
    const server = gateway.listen(SWITCHING).once("connection", (socket) => {
      server.close();
      socket.destroy();
    });
    let attempts = 0;
    const count = (): void => void attempts++;
    subscribe("net.client.socket", count);
    onTestFinished(() => void unsubscribe("net.client.socket", count));
    // 502: whose connection was taken just before the Gateway crashed.
    for (const client of clients) expect([502, 503]).toContain((await client.response()).status);
    // Five looks a second, and a few tries for each: they were dozens.
    expect(attempts).toBeLessThan(5 * clients.length);
  });

  test("holds up nothing else: a page is answered 503 at once, and the edge still stops in time", async () => {
    const gateway = await absentUpstream();
    const { connect, close } = await edgeWith(undefined, { upstream: gateway.port, timeouts: { hold: 60_000 } });
    const [held, other] = [await connect(), await connect()];
    held.write(request("GET /chat", HANDSHAKE));
    other.write(request("GET /"));
    expect((await other.response()).status).toBe(503);
    await close();
    await eventually(() => held.closed || held.ended);
  });
});

test("a Gateway that is there costs no waiting room: it is not probed", async () => {
  const { connect, upstream } = await edgeWith(answering(OK));
  const client = await connect();
  client.write(request("GET /"));
  expect((await client.response()).status).toBe(200);
  await pause(300);
  expect(upstream.peers.length).toBe(1);
});
