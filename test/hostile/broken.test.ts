import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect as connectTls } from "node:tls";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { basic, DOMAIN } from "../support/edge.ts";
import { eventually, pause } from "../support/eventually.ts";
import { startEdgeProcess, SHORT, UNTHROTTLED, type EdgeProcess } from "./support/edge-process.ts";
import { repeat, request, webSocketRequest } from "./support/requests.ts";
import { acceptWebSocket, routedUpstream, type RoutedUpstream } from "./support/upstream.ts";
import { IDLE_UPSTREAM, warmUp, withstand } from "./support/withstand.ts";

describe("clients that break off, and clients that speak something else", () => {
  let upstream: RoutedUpstream;
  let edge: EdgeProcess;

  beforeAll(async () => {
    upstream = await routedUpstream({
      "/never": () => {},
      "/upload": () => {},
      "/drip": (socket) => {
        socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        const timer = setInterval(() => socket.write("4\r\ndrip\r\n"), 5);
        socket.once("close", () => clearInterval(timer));
      },
      "/tunnel": (socket, head) => {
        acceptWebSocket(socket, head);
        const timer = setInterval(() => socket.write(Buffer.from("8104abcdabcd", "hex")), 5);
        socket.once("close", () => clearInterval(timer));
      },
    });
    edge = await startEdgeProcess({
      upstream: upstream.port,
      flags: [...SHORT, ...UNTHROTTLED, "--idle-upstream", String(IDLE_UPSTREAM), "--connections-per-client", "10000"],
      cost: 8,
    });
    await warmUp(edge);
  });
  afterAll(async () => {
    await edge?.close();
    await upstream?.close();
  });

  // Every stage of an exchange, and what the client has done when it is at that stage.
  it.each([
    ["in the TLS handshake", undefined, undefined],
    ["in a head", "GET /reset HTTP/1.1\r\nHost: ai", undefined],
    ["while the password is checked", request("/reset", { authorization: basic("alice", "correct horse ") }), undefined],
    ["in a body", `${request("/upload", { method: "POST", fields: ["Content-Length: 100000"] })}half`, "/upload"],
    ["in a chunked body", `${request("/upload", { method: "POST", fields: ["Transfer-Encoding: chunked"] })}ff\r\nhalf`, "/upload"],
    ["while the upstream thinks", request("/never"), "/never"],
    ["in a response", request("/drip"), "/drip"],
    ["in a tunnel", webSocketRequest("/tunnel"), "/tunnel"],
  ])("closes both sides of 100 connections that are reset %s", (_, bytes, target) =>
    withstand(edge, async () => {
      await repeat(100, 25, async (number) => {
        const client = await edge.connect({ plain: bytes === undefined, localAddress: `127.0.6.${1 + (number % 100)}` });
        if (bytes === undefined) client.write(CLIENT_HELLO.subarray(0, 1 + number * 2));
        else client.write(bytes);
        // At different moments: the stage has a beginning, a middle and an end.
        await pause(number % 20);
        client.reset();
      });
      if (target === undefined) return;
      // Once more, when the upstream surely has it.
      const clients = await Promise.all(Array.from({ length: 20 }, () => edge.connect()));
      for (const client of clients) client.write(bytes);
      await eventually(() => upstream.open(target) >= 20, 5_000);
      for (const client of clients) client.reset();
      await eventually(
        () => upstream.open(target) === 0,
        5_000,
        () => `${upstream.open(target)} upstream connections stay`,
      );
    }),
  );

  it("closes connections that send garbage in place of TLS", () =>
    withstand(edge, async () => {
      const records = (type: number, length: number): Buffer =>
        Buffer.concat([Buffer.from([type, 3, 3, length >> 8, length & 0xff]), randomBytes(length)]);
      await repeat(400, 40, async (number) => {
        const client = await edge.connect({ plain: true });
        const kind = number % 6;
        if (kind === 0) client.write(randomBytes(4_096));
        else if (kind === 1) client.write(records(0x16, 16_384));
        else if (kind === 2) client.write(Buffer.concat([records(0x16, 100), records(0x17, 1_000), records(0x15, 2)]));
        else if (kind === 3) client.write(Buffer.concat([CLIENT_HELLO.subarray(0, 40), randomBytes(500)]));
        // Broken from its beginning, and long: TLS has ended the connection before it was given all of it.
        else if (kind === 4) client.write(Buffer.concat([records(0x16, 100), records(0x16, 8_000)]));
        else client.write(Buffer.from([0x80, 0x2e, 0x01, 0x00, 0x02]));
        await client.end(8_000);
        // An alert at most: no garbage is answered with anything else.
        expect(client.length === 0 || client.bytes[0] === 0x15 || client.text.startsWith("HTTP/1.1 400 ")).toBe(true);
        client.destroy();
      });
    }));

  it("is not impressed by a ClientHello of 16 MB in fragments", () =>
    withstand(edge, async () => {
      await repeat(10, 10, async () => {
        const client = await edge.connect({ plain: true });
        // A handshake message that says it has 16 MB, in records of 16 KB (RFC 8446 §5.1 allows fragments).
        client.write(Buffer.from("160301400001ffffff0303", "hex")).write(Buffer.alloc(16_384 - 6));
        for (let count = 0; count < 1_023 && !client.closed && !client.ended; count++) {
          client.write(Buffer.from("1603034000", "hex")).write(Buffer.alloc(16_384));
          if (count % 50 === 0) await pause(1);
        }
        await client.end(8_000);
        client.destroy();
      });
    }));

  it("tells plain HTTP on its HTTPS port that it has come to the wrong door", () =>
    withstand(edge, async () => {
      await repeat(200, 20, async () => {
        const client = await edge.connect({ plain: true });
        client.write(`GET / HTTP/1.1\r\nHost: ${DOMAIN}\r\n\r\n`);
        const { status, body, field } = await client.response();
        expect(status).toBe(400);
        expect(body).toMatch(/HTTPS/);
        expect(field("connection")).toBe("close");
        // The client keeps its side open; the edge does not wait for it.
        await eventually(() => client.ended || client.closed, 5_000);
        client.destroy();
      });
    }));

  it("refuses TLS 1.2 renegotiation, again and again", () =>
    withstand(edge, async () => {
      const plain = await edge.connect({ tls: { maxVersion: "TLSv1.2" } });
      plain.write(request("/honest"));
      expect((await plain.response()).status).toBe(200);
      plain.destroy();
      await repeat(5, 1, async () => {
        // `R` on a line of its own makes s_client renegotiate.
        const client = spawn("openssl", [
          "s_client",
          "-connect",
          `127.0.0.1:${edge.port}`,
          "-servername",
          DOMAIN,
          "-tls1_2",
          "-no_ign_eof",
        ]);
        let output = "";
        for (const stream of [client.stdout, client.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
        client.stdin.on("error", () => {});
        await eventually(
          () => output.includes("Verify return code"),
          10_000,
          () => output,
        );
        client.stdin.write("R\n");
        const exited = once(client, "exit");
        const timer = setTimeout(() => client.kill(), 5_000);
        await exited;
        clearTimeout(timer);
        expect(output).toMatch(/no.renegotiation|handshake failure|RENEGOTIATING/i);
        expect(output).not.toMatch(/RENEGOTIATING[\s\S]*verify return:1[\s\S]*verify return:1/);
      });
    }));

  it("refuses handshakes that it has nothing in common with", () =>
    withstand(edge, async () => {
      await repeat(100, 10, async (number) => {
        const socket = connectTls({
          host: "127.0.0.1",
          port: edge.port,
          servername: number % 2 ? DOMAIN : "other.example",
          rejectUnauthorized: false,
          ...(number % 3 === 0 ? { ciphers: "AES256-SHA", maxVersion: "TLSv1.2" as const } : { ALPNProtocols: ["nonsense"] }),
        });
        let closed = false;
        socket.on("error", () => {});
        socket.on("close", () => (closed = true));
        await eventually(
          () => closed,
          8_000,
          () => "A handshake without anything in common stays open",
        );
      });
    }));

  it("drops requests that break the grammar, and what was sent behind them", () =>
    withstand(edge, async () => {
      await repeat(300, 20, async (number) => {
        const client = await edge.connect();
        const body = randomBytes(2_000);
        const bad = [
          Buffer.concat([randomBytes(200), Buffer.from("\r\n\r\n")]),
          Buffer.from("GET / HTTP/1.1\nHost: x\n\n"),
          Buffer.from(`GET / HTTP/1.1\r\nHost: ${DOMAIN}\r\nX: ${"y".repeat(20_000)}\r\n\r\n`),
          Buffer.concat([Buffer.from(request("/upload", { method: "POST", fields: ["Transfer-Encoding: chunked"] })), body]),
          Buffer.concat([
            Buffer.from(request("/upload", { method: "POST", fields: ["Transfer-Encoding: chunked"] })),
            Buffer.from(`1;${"e".repeat(9_000)}`),
          ]),
        ][number % 5] as Buffer;
        client.write(bad).write(request("/behind"));
        await client.end(8_000);
        expect(client.text).toMatch(/^HTTP\/1\.1 4\d\d /);
        client.destroy();
      });
      expect(upstream.asked).not.toContain("/behind");
    }));
});

/** A ClientHello as a browser would begin it: TLS 1.3 by extension, 512 octets. */
const CLIENT_HELLO = Buffer.concat([
  Buffer.from("1603010200010001fc0303", "hex"),
  randomBytes(32),
  Buffer.from("20", "hex"),
  randomBytes(32),
  Buffer.alloc(436),
]);
