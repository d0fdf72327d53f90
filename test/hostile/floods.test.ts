import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { basic, USERS } from "../support/edge.ts";
import { eventually, pause } from "../support/eventually.ts";
import type { RawClient } from "../support/raw-client.ts";
import { usersText } from "../support/users-text.ts";
import { startEdgeProcess, SHORT, UNTHROTTLED, type EdgeProcess } from "./support/edge-process.ts";
import { repeat, request, webSocketRequest } from "./support/requests.ts";
import { acceptWebSocket, pour, routedUpstream, type RoutedUpstream } from "./support/upstream.ts";
import { IDLE_UPSTREAM, settled, warmUp, withstand } from "./support/withstand.ts";

const MEBIBYTE = 1_048_576;
const FLAGS = [...SHORT, "--idle-upstream", String(IDLE_UPSTREAM), "--connections-per-client", "10000"];

describe("floods", () => {
  let upstream: RoutedUpstream;
  let edge: EdgeProcess;

  beforeAll(async () => {
    upstream = await routedUpstream({
      "/small": (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"),
      "/large": (socket) =>
        void socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${LARGE}\r\n\r\n`), Buffer.alloc(LARGE, "l")])),
      "/never": () => {},
      "/deaf": (socket, head) => {
        acceptWebSocket(socket, head);
        socket.pause();
        socket.removeAllListeners("data");
      },
      "/torrent": (socket, head) => {
        acceptWebSocket(socket, head);
        pour(socket, FRAME);
      },
    });
    edge = await startEdgeProcess({ upstream: upstream.port, flags: [...FLAGS, "--idle-timeout", "2s", ...UNTHROTTLED] });
    await warmUp(edge);
  });
  afterAll(async () => {
    await edge?.close();
    await upstream?.close();
  });

  it.each([
    ["that are refused", request("/refused", { authorization: null })],
    ["that are forwarded", request("/honest")],
  ])("stops reading from 20 clients that pipeline requests %s and read no answer", (_, one) =>
    withstand(
      edge,
      async () => {
        const clients = await Promise.all(Array.from({ length: 20 }, () => edge.connect()));
        const requests = Buffer.from(one.repeat(500), "latin1");
        for (const client of clients) {
          client.socket.removeAllListeners("data").pause();
          pour(client.socket, requests);
        }
        await pause(2_000);
        const [first] = clients;
        const stoppedAt = (first as RawClient).socket.bytesWritten;
        await pause(500);
        // What the edge does not read stays with the client, beyond what the kernel's socket buffers hold.
        for (const { socket } of clients) expect(socket.destroyed || socket.writableLength > 0).toBe(true);
        expect((first as RawClient).socket.bytesWritten - stoppedAt).toBeLessThan(4 * MEBIBYTE);
        for (const { socket } of clients) socket.destroy();
      },
      // Every answer is a line in the log, and whoever reads the log here is slow: what waits for him has a bound of 16 MiB, its garbage has not.
      { peak: 240 * MEBIBYTE, resident: 240 * MEBIBYTE },
    ),
  );

  it("answers a thousand pipelined requests in their order to a client that reads", () =>
    withstand(edge, async () => {
      const client = await edge.connect();
      client.write(request("/honest").repeat(1_000));
      for (let count = 0; count < 1_000; count++) expect((await client.response("GET", 20_000)).body).toBe("honest");
      client.destroy();
    }));

  it("notices that a client has left which had sent more than its turn, while the upstream never answers", () =>
    withstand(edge, async () => {
      const clients = await Promise.all(Array.from({ length: 20 }, () => edge.connect()));
      for (const client of clients) client.write(request("/never")).write(request("/behind").repeat(2_000));
      await eventually(() => upstream.open("/never") === 20, 5_000);
      await pause(500);
      for (const client of clients) client.reset();
      await eventually(
        () => upstream.open("/never") === 0,
        10_000,
        () => `${upstream.open("/never")} upstream requests stay of clients that have left`,
      );
    }));

  it("closes a connection that reads a long last answer late, and then stays", () =>
    withstand(edge, async () => {
      const clients = await Promise.all(Array.from({ length: 3 }, () => edge.connect()));
      for (const { socket } of clients) socket.removeAllListeners("data").pause();
      for (const client of clients) client.write(request("/large", { fields: ["Connection: close"] }));
      await pause(2_600);
      await Promise.all(clients.map(({ socket }) => readAll(socket, LARGE)));
      // The clients keep their side open, and say nothing more.
      await settled(edge, 1);
      for (const client of clients) client.destroy();
    }));

  it("closes an idle connection whose last answer was read late", () =>
    withstand(edge, async () => {
      const clients = await Promise.all(Array.from({ length: 3 }, () => edge.connect()));
      for (const { socket } of clients) socket.removeAllListeners("data").pause();
      for (const client of clients) client.write(request("/large"));
      await pause(2_600);
      await Promise.all(clients.map(({ socket }) => readAll(socket, LARGE)));
      await settled(edge, 1);
      for (const client of clients) client.destroy();
    }));

  it("pauses 20 clients that flood a WebSocket whose upstream reads nothing, and cuts them", () =>
    withstand(
      edge,
      async () => {
        const clients = await Promise.all(Array.from({ length: 20 }, () => upgraded(edge, "/deaf")));
        for (const client of clients) pour(client.socket, FRAME);
        await eventually(
          () => clients.every(({ closed }) => closed),
          12_000,
          () => "WebSockets that nobody reads are not cut",
        );
      },
      { peak: 80 * MEBIBYTE },
    ));

  it("pauses the upstream that floods 20 WebSockets whose clients read nothing, and cuts them", () =>
    withstand(
      edge,
      async () => {
        const clients = await Promise.all(Array.from({ length: 20 }, () => upgraded(edge, "/torrent", true)));
        await eventually(() => upstream.open("/torrent") === 20, 5_000);
        await eventually(
          () => upstream.open("/torrent") === 0,
          12_000,
          () => "WebSockets that nobody reads are not cut",
        );
        for (const client of clients) client.destroy();
      },
      { peak: 80 * MEBIBYTE },
    ));

  it("survives WebSockets flooded in both directions at once, and a reset in the middle", () =>
    withstand(
      edge,
      async () => {
        const clients = await Promise.all(Array.from({ length: 20 }, () => upgraded(edge, "/torrent")));
        for (const client of clients) {
          client.socket.removeAllListeners("data").resume();
          pour(client.socket, FRAME);
        }
        await pause(1_500);
        for (const client of clients) client.reset();
        await eventually(() => upstream.open("/torrent") === 0, 5_000);
      },
      { peak: 120 * MEBIBYTE },
    ));

  it("survives 2,000 connections that come and go", () =>
    withstand(edge, async () => {
      await repeat(2_000, 20, async (number) => {
        const client = await edge.connect({ plain: number % 3 !== 0, localAddress: `127.0.1.${1 + (number % 200)}` });
        if (number % 3 === 0) {
          client.write(request("/honest"));
          expect((await client.response("GET", 15_000)).status).toBe(200);
        }
        if (number % 2 === 0) client.reset();
        else client.destroy();
      });
    }));
});

describe("floods of wrong passwords", () => {
  let upstream: RoutedUpstream;
  let edge: EdgeProcess;

  beforeAll(async () => {
    upstream = await routedUpstream();
    // Cost 10, as `htpasswd -B -C 10` writes it: a check takes about 70 ms of a core.
    edge = await startEdgeProcess({
      upstream: upstream.port,
      flags: [...FLAGS, "--password-checks", "32"],
      cost: 10,
      users: { ...USERS, victim: "long and secret" },
    });
    await warmUp(edge);
  });
  afterAll(async () => {
    await edge?.close();
    await upstream?.close();
  });

  it("answers 429 to who has guessed too often and 503 when the queue is full, with Retry-After, lets nobody in, and serves who is signed in", () =>
    withstand(edge, async () => {
      const statuses = new Map<number, number>();
      const end = performance.now() + 3_000;
      await repeat(40, 40, async (number) => {
        const client = await edge.connect({ localAddress: `127.0.2.${1 + (number % 20)}` });
        for (let attempt = 0; performance.now() < end; attempt++) {
          client.write(
            request("/secret", { authorization: basic(number % 2 ? "victim" : `nobody${number}`, `wrong ${number} ${attempt}`) }),
          );
          const response = await client.response("GET", 30_000);
          statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
          if (response.status !== 401) expect(Number(response.field("retry-after"))).toBeGreaterThan(0);
          await pause(20);
        }
        client.destroy();
      });
      expect([...statuses.keys()].toSorted((a, b) => a - b)).toEqual([401, 429, 503]);
      // Twenty addresses with five free guesses each, and two attempts for each of the names behind a wait.
      expect(statuses.get(401)).toBeLessThanOrEqual(100);
      expect(upstream.asked).not.toContain("/secret");
    }));

  it("gives a sign-in from another address its turn within the flood", async () => {
    const flooders = await Promise.all(Array.from({ length: 12 }, () => edge.connect({ localAddress: "127.0.3.1" })));
    let stopped = false;
    const floods = flooders.map(async (client, number) => {
      for (let attempt = 0; !stopped; attempt++) {
        client.write(request("/secret", { authorization: basic("victim", `no ${number} ${attempt}`) }));
        await client.response("GET", 30_000);
        await pause(5);
      }
    });
    await pause(500);
    const client = await edge.connect({ localAddress: "127.0.3.2" });
    client.write(request("/honest", { authorization: basic("bob", "battery staple") }));
    expect((await client.response("GET", 15_000)).status).toBe(200);
    stopped = true;
    await Promise.all(floods);
    for (const each of [...flooders, client]) each.destroy();
    await settled(edge);
  });

  it("drops the check of a client that leaves before its turn, and never asks the upstream", () =>
    withstand(edge, async () => {
      // Cost 14: a check takes longer than a second, so that every client has left before its end. From 30 places, since a right password
      // is remembered by place.
      await edge.setUsersFile((await usersText(USERS, 10)) + (await usersText({ slow: "coach" }, 14)));
      await eventually(
        () => edge.log.some((line) => line["users"] === 3),
        5_000,
        () => "The users file is not taken up",
      );
      const started = performance.now();
      await repeat(300, 30, async (number) => {
        const client = await edge.connect({ localAddress: `127.0.4.${1 + (number % 30)}` });
        client.write(request("/left", { authorization: basic("slow", number % 2 === 0 ? "coach" : `wrong ${number}`) }));
        await pause(5);
        client.reset();
      });
      await settled(edge, 1);
      // Whoever comes now waits for the check that runs, and for none of those that were dropped: they would take half a minute.
      const fresh = await edge.connect({ localAddress: "127.0.5.1" });
      fresh.write(request("/honest"));
      expect((await fresh.response("GET", 10_000)).status).toBe(200);
      fresh.destroy();
      expect(performance.now() - started).toBeLessThan(20_000);
      expect(upstream.asked).not.toContain("/left");
      expect(edge.log.some((line) => line["path"] === "/left" && line["code"] === "client_left")).toBe(true);
    }));
});

/** Octets of an answer that no pair of socket buffers holds. */
const LARGE = 32 * MEBIBYTE;
/** A text message of 16 KiB as a server sends it (RFC 6455 §5.2); nobody here looks at the mask that a client's would have. */
const FRAME = Buffer.concat([Buffer.from([0x81, 126, 0x40, 0x00]), Buffer.alloc(16_384, "w")]);

async function upgraded(edge: EdgeProcess, target: string, deaf = false): Promise<RawClient> {
  const client = await edge.connect();
  if (deaf) client.socket.removeAllListeners("data").pause();
  client.write(webSocketRequest(target));
  if (!deaf) await client.until("HTTP/1.1 101 ");
  return client;
}

/** Reads an answer with a body of so many octets, and drops it. */
async function readAll(socket: RawClient["socket"], octets: number): Promise<void> {
  let read = 0;
  socket.on("data", (chunk: Buffer) => (read += chunk.length));
  socket.resume();
  await eventually(
    () => read >= octets || socket.destroyed,
    15_000,
    () => `${read} of ${octets} octets came`,
  );
  expect(read).toBeGreaterThanOrEqual(octets);
}
