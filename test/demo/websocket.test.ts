import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { randomBytes } from "node:crypto";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { startDemoUpstream, type DemoUpstream } from "../../src/demo/upstream.ts";

let upstream: DemoUpstream;
let port: number;
beforeAll(async () => {
  upstream = await startDemoUpstream();
  port = upstream.target.kind === "tcp" ? upstream.target.port : 0;
});
afterAll(() => upstream.close());

/** A client's frame (RFC 6455 §5.2). */
function frame(opcode: number, payload: Buffer, { final = true, masked = true, reserved = 0 } = {}): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = (final ? 128 : 0) | reserved | opcode;
  head[1] = (masked ? 128 : 0) | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  if (!masked) return Buffer.concat([head, payload]);
  const mask = randomBytes(4);
  return Buffer.concat([head, mask, payload.map((octet, index) => octet ^ (mask[index & 3] ?? 0))]);
}

/** The head of a frame that promises 256 MiB. */
const TOO_LARGE = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0x10, 0, 0, 0, 1, 2, 3, 4]);

async function open(): Promise<{ socket: Socket; received: () => Promise<Buffer>; ended: Promise<unknown> }> {
  const socket = connect(port, "127.0.0.1");
  let bytes = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => (bytes = Buffer.concat([bytes, chunk])));
  socket.on("error", () => {});
  const ended = once(socket, "end");
  socket.write(
    "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  await expect.poll(() => bytes.includes("\r\n\r\n")).toBe(true);
  expect(bytes.toString("latin1")).toMatch(/^HTTP\/1\.1 101 .*Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n\r\n$/s);
  bytes = Buffer.alloc(0);
  return { socket, ended, received: async () => (await expect.poll(() => bytes.length).toBeGreaterThan(0), bytes) };
}

describe("the demo's WebSocket (RFC 6455)", () => {
  test("fragments come back as one message, with a ping answered in between (§5.4)", async () => {
    const { socket, received, ended } = await open();
    const whole = Buffer.concat([
      frame(1, Buffer.from("hel"), { final: false }),
      frame(9, Buffer.from("?")),
      frame(0, Buffer.from("lo"), { final: true }),
      frame(8, Buffer.from([3, 232])),
    ]);
    // Byte by byte: a frame's end is found wherever the chunks fall.
    for (const octet of whole) socket.write(Buffer.from([octet]));
    await ended;
    expect(await received()).toEqual(
      Buffer.concat([
        Buffer.from([0x8a, 1]),
        Buffer.from("?"),
        Buffer.from([0x81, 5]),
        Buffer.from("hello"),
        Buffer.from([0x88, 2, 3, 232]),
      ]),
    );
  });

  test.each<[string, Buffer, number]>([
    ["an unmasked frame (§5.1)", frame(1, Buffer.from("x"), { masked: false }), 1002],
    ["a reserved bit (§5.2)", frame(1, Buffer.from("x"), { reserved: 64 }), 1002],
    ["an unknown opcode (§5.2)", frame(3, Buffer.from("x")), 1002],
    ["a fragmented ping (§5.5)", frame(9, Buffer.from("x"), { final: false }), 1002],
    ["a continuation of nothing (§5.4)", frame(0, Buffer.from("x")), 1002],
    ["text that is not UTF-8 (§8.1)", frame(1, Buffer.from([0xc3, 0x28])), 1007],
    ["a message beyond the bound (§10.4)", TOO_LARGE, 1009],
  ])("%s closes the connection with the right status", async (_, bytes, status) => {
    const { socket, received, ended } = await open();
    socket.write(bytes);
    await ended;
    const answer = await received();
    expect([answer[0], answer.readUInt16BE(2)]).toEqual([0x88, status]);
  });

  test("a request that is no complete handshake gets 400, and another path 404 (§4.2.1)", async () => {
    for (const [path, version, status] of [
      ["/ws", "12", "400"],
      ["/other", "13", "404"],
    ] as const) {
      const socket = connect(port, "127.0.0.1");
      let text = "";
      socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: ${version}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      );
      await once(socket, "end");
      expect(text).toContain(`HTTP/1.1 ${status} `);
    }
  });
});

test("attack: markup in a field stays text on the demo's page", async () => {
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { "X-Forwarded-User": "<script>alert(1)</script>" } });
  const body = await response.text();
  expect(body).toContain("&lt;script&gt;alert(1)");
  expect(body).not.toContain("<script>alert(1)");
  expect(response.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
});
