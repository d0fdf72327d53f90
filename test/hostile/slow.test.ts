import { connect, type Socket } from "node:net";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { eventually, pause } from "../support/eventually.ts";
import type { RawClient } from "../support/raw-client.ts";
import { startEdgeProcess, SHORT, type EdgeProcess } from "./support/edge-process.ts";
import { repeat, request } from "./support/requests.ts";
import { pour, routedUpstream, type RoutedUpstream } from "./support/upstream.ts";
import { answersHonestly, IDLE_UPSTREAM, settled, warmUp, withstand } from "./support/withstand.ts";

const MEBIBYTE = 1_048_576;

describe("clients that are slow on purpose", () => {
  let upstream: RoutedUpstream;
  let edge: EdgeProcess;
  /** Octets that the upstream could hand over to the edge. */
  let poured = 0;

  beforeAll(async () => {
    upstream = await routedUpstream({
      "/big": (socket) => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n");
        pour(socket, Buffer.alloc(65_536, "x"));
        socket.once("close", () => (poured += socket.bytesWritten - socket.writableLength));
      },
      "/steady": (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${64 * MEBIBYTE}\r\n\r\n`);
        const body = Buffer.alloc(65_536, "y");
        for (let count = 0; count < 1_024; count++) socket.write(body);
      },
      "/upload": () => {},
    });
    edge = await startEdgeProcess({
      upstream: upstream.port,
      flags: [...SHORT, "--idle-upstream", String(IDLE_UPSTREAM), "--connections-per-client", "10000"],
    });
    await warmUp(edge);
  });
  afterAll(async () => {
    await edge?.close();
    await upstream?.close();
  });

  it.each([["HTTPS"], ["redirecting"]])(
    "cuts 200 heads that come octet by octet, with 408, when the head's time is over, on the %s port",
    (port) =>
      withstand(edge, async () => {
        const where = port === "HTTPS" ? {} : { plain: true, port: edge.httpPort };
        const clients = await Promise.all(Array.from({ length: 200 }, () => edge.connect(where)));
        const head = request(`/slow?${"a".repeat(2_000)}`);
        let sent = 0;
        const timer = setInterval(() => clients.forEach((client) => !client.ended && client.write(head[sent++ % head.length] ?? "")), 250);
        await eventually(
          () => clients.every((client) => client.ended || client.closed),
          8_000,
          () => "The edge goes on waiting for slow heads",
        );
        clearInterval(timer);
        expect(clients.filter((client) => client.text.startsWith("HTTP/1.1 408 "))).toHaveLength(200);
        for (const client of clients) client.destroy();
      }),
  );

  it("is not kept busy by heads whose octets come in records of their own", () =>
    withstand(edge, async () => {
      // Each record is a read of its own; a parser that starts anew with every read would look at 16,000²/2 octets.
      const head = request("/honest", { fields: [`X-Long: ${"b".repeat(12_000)}`] });
      await repeat(10, 10, async () => {
        const client = await edge.connect();
        for (const octet of head) client.write(octet);
        expect((await client.response("GET", 20_000)).status).toBe(200);
        client.destroy();
      });
    }));

  it("cuts 100 bodies that trickle, and their upstream requests with them", () =>
    withstand(edge, async () => {
      const clients = await Promise.all(Array.from({ length: 100 }, () => edge.connect()));
      for (const client of clients) client.write(request("/upload", { method: "POST", fields: ["Content-Length: 1000000"] }));
      const timer = setInterval(() => clients.forEach((client) => !client.ended && client.write("z")), 250);
      await eventually(
        () => clients.every((client) => client.ended || client.closed),
        10_000,
        () => "The edge goes on waiting for slow bodies",
      );
      clearInterval(timer);
      expect(clients.filter((client) => client.text.startsWith("HTTP/1.1 408 "))).toHaveLength(100);
      await eventually(() => upstream.open("/upload") === 0, 5_000);
      for (const client of clients) client.destroy();
    }));

  it("pauses the upstream for 50 clients that read nothing of a large download, and cuts them", () => {
    poured = 0;
    return withstand(
      edge,
      async () => {
        const clients = await Promise.all(Array.from({ length: 50 }, () => edge.connect()));
        for (const client of clients) {
          client.socket.pause();
          client.write(request("/big"));
        }
        await eventually(() => edge.sockets().upstream >= 50, 5_000);
        await eventually(
          () => edge.sockets().upstream <= IDLE_UPSTREAM,
          12_000,
          () => "Clients that read nothing are not cut",
        );
        for (const client of clients) client.destroy();
        await eventually(() => upstream.open("/big") === 0, 5_000);
        // What the kernel's socket buffers hold, on two hops.
        expect(poured / 50 / MEBIBYTE).toBeLessThan(24);
      },
      { peak: 120 * MEBIBYTE },
    );
  });

  it("leaves a client alone that reads slowly and steadily, for longer than one that reads nothing may take", async () => {
    const client = await edge.connect();
    client.socket.pause();
    client.write(request("/steady"));
    let read = 0;
    client.socket.removeAllListeners("data");
    const start = performance.now();
    // 2 MiB a second for 5 s; one that takes nothing is cut after 3 s.
    while (performance.now() - start < 5_000) {
      for (let octets = 0; octets < 200_000;) {
        const chunk = client.socket.read() as Buffer | null;
        if (chunk === null) break;
        octets += chunk.length;
        read += chunk.length;
      }
      await pause(100);
      expect(client.closed, `the download was cut after ${Math.round(performance.now() - start)} ms and ${read} octets`).toBe(false);
    }
    client.destroy();
    await settled(edge);
  });

  it("closes 200 handshakes that stop in the middle", () =>
    withstand(edge, async () => {
      // A ClientHello's first octets: a record of 512 octets of which a few come.
      const clients = await Promise.all(Array.from({ length: 200 }, () => edge.connect({ plain: true })));
      const hello = Buffer.concat([Buffer.from("1603010200010001fc0303", "hex"), Buffer.alloc(500)]);
      let sent = 0;
      const timer = setInterval(() => {
        for (const client of clients) if (!client.closed && !client.ended) client.write(hello.subarray(sent, sent + 1));
        sent++;
      }, 200);
      await eventually(() => edge.sockets().clients >= 200, 5_000);
      await eventually(
        () => edge.sockets().clients <= 2,
        8_000,
        () => `${edge.sockets().clients} handshakes stay`,
      );
      clearInterval(timer);
      for (const client of clients) client.destroy();
    }));

  it("lets 5,000 connections that say nothing cost little, and closes them", () =>
    withstand(
      edge,
      async () => {
        const sockets: Socket[] = [];
        await repeat(5_000, 200, async () => sockets.push(await open(edge.port)));
        expect(sockets).toHaveLength(5_000);
        // On a slow machine the first ones are gone by now.
        expect(edge.sockets().clients).toBeGreaterThan(1_000);
        await eventually(
          () => edge.sockets().clients <= 2,
          15_000,
          () => `${edge.sockets().clients} silent connections stay`,
        );
        for (const socket of sockets) socket.destroy();
      },
      { peak: 100 * MEBIBYTE },
    ));

  it("closes 500 connections that complete the handshake and then say nothing", () =>
    withstand(edge, async () => {
      const clients: RawClient[] = [];
      await repeat(500, 20, async () => clients.push(await edge.connect()));
      await settled(edge, 1);
      expect(clients.filter(({ length }) => length > 0)).toEqual([]);
      for (const client of clients) client.destroy();
    }));
});

describe("one client that takes every place it can get", () => {
  it("is refused its 257th connection, while another address gets in", async () => {
    const upstream = await routedUpstream();
    const edge = await startEdgeProcess({ upstream: upstream.port });
    try {
      const sockets = await Promise.all(Array.from({ length: 256 }, () => open(edge.port)));
      await eventually(() => edge.sockets().clients === 256, 5_000);
      const refused = await open(edge.port);
      await eventually(
        () => refused.destroyed || refused.readableEnded,
        3_000,
        () => "The 257th connection is kept",
      );
      expect(sockets.filter((socket) => !socket.destroyed)).toHaveLength(256);
      await answersHonestly(edge);
      // A place that becomes free is given away again.
      sockets[0]?.destroy();
      await eventually(() => edge.sockets().clients <= 255, 5_000);
      const next = await edge.connect();
      next.write(request("/honest"));
      expect((await next.response()).status).toBe(200);
      for (const socket of [...sockets, refused, next]) socket.destroy();
    } finally {
      await edge.close();
      await upstream.close();
    }
  });
});

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port }, () => resolve(socket));
    socket.on("error", reject);
    socket.resume();
  });
}
