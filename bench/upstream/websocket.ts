/** A WebSocket server (RFC 6455) that sends every message back, by hand and as cheap as it can be. */
import { createHash } from "node:crypto";
import type { Socket } from "node:net";

export function serveWebSocket(socket: Socket, head: string, rest: Buffer): void {
  const key = /\r\nsec-websocket-key: *(\S+)/i.exec(head)?.[1] ?? "";
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);

  let pending = rest;
  socket.on("data", (chunk) => {
    pending = echo(socket, pending.length === 0 ? chunk : Buffer.concat([pending, chunk]));
  });
  socket.on("end", () => socket.destroy());
  pending = echo(socket, pending);
}

/** Answers every whole frame in `bytes`, returns what is left. A close frame comes back as it is, which ends the connection properly. */
function echo(socket: Socket, bytes: Buffer): Buffer {
  let at = 0;
  while (bytes.length - at >= 6) {
    const short = bytes.readUInt8(at + 1) & 0x7f;
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (bytes.length - at < 6 + extended) break;
    const length = extended === 0 ? short : bytes.readUIntBE(at + 2 + (extended === 8 ? 2 : 0), extended === 8 ? 6 : 2);
    const payload = at + 6 + extended;
    if (bytes.length < payload + length) break;

    const frame = Buffer.allocUnsafe(2 + extended + length);
    bytes.copy(frame, 0, at, at + 2 + extended);
    frame.writeUInt8(short, 1);
    bytes.copy(frame, 2 + extended, payload, payload + length);
    unmask(frame.subarray(2 + extended), bytes.subarray(payload - 4, payload));
    socket.write(frame);
    at = payload + length;
  }
  // Copied: the bytes may outlive the read that brought them.
  return at === bytes.length ? EMPTY : Buffer.from(bytes.subarray(at));
}

const EMPTY = Buffer.alloc(0);

function unmask(payload: Buffer, key: Buffer): void {
  if (key.readUInt32BE(0) === 0) return; // the load generator's key: the proxies under test never look at a payload
  for (let i = 0; i < payload.length; i++) payload[i] = (payload[i] ?? 0) ^ (key[i & 3] ?? 0);
}
