/** A WebSocket client for one message, written by hand so that the bench needs no package. */
import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:tls";

import type { Target } from "./load/plan.ts";

/**
 * Opens a WebSocket, sends one masked binary message, returns what comes back.
 * @throws {Error} where the handshake or the frame is not as RFC 6455 has it, or nothing comes for 10 s.
 */
export function echoOverWebSocket(target: Target, authorization: string, message: Buffer): Promise<Buffer> {
  const key = randomBytes(16).toString("base64");
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  const socket = connect({ port: target.port, host: "127.0.0.1", servername: target.domain, ca: target.certificate });
  socket.write(
    `GET /socket HTTP/1.1\r\nHost: ${target.domain}:${target.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n` +
      `Origin: https://${target.domain}:${target.port}\r\nAuthorization: ${authorization}\r\n\r\n`,
  );
  return new Promise((resolve, reject) => {
    let upgraded = false;
    let bytes = Buffer.alloc(0);
    socket.setTimeout(10_000, () => socket.destroy(new Error("nothing came for 10 s")));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the connection was closed")));
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (!upgraded) {
        const end = bytes.indexOf("\r\n\r\n");
        if (end < 0) return;
        const head = bytes.toString("latin1", 0, end + 2);
        if (!head.startsWith("HTTP/1.1 101 ")) return void socket.destroy(new Error(`answered ${head.slice(9, 12)}`));
        if (!head.includes(accept)) return void socket.destroy(new Error("Sec-WebSocket-Accept is wrong"));
        bytes = bytes.subarray(end + 4);
        upgraded = true;
        socket.write(maskedFrame(message));
      }
      const payload = wholePayload(bytes);
      if (!payload) return;
      resolve(payload);
      socket.destroy();
    });
  });
}

function maskedFrame(message: Buffer): Buffer {
  const mask = randomBytes(4);
  const { length } = message;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const head = Buffer.alloc(2 + extended);
  head[0] = 0x82;
  head[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended > 0) head.writeUIntBE(length, extended === 2 ? 2 : 4, extended === 2 ? 2 : 6);
  return Buffer.concat([head, mask, message.map((octet, at) => octet ^ (mask[at & 3] ?? 0))]);
}

/** The payload of the unmasked frame, or undefined until all of it is there. */
function wholePayload(bytes: Buffer): Buffer | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1);
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  if (bytes.length < 2 + extended) return undefined;
  const length = extended === 0 ? short : bytes.readUIntBE(extended === 2 ? 2 : 4, extended === 2 ? 2 : 6);
  return bytes.length < 2 + extended + length ? undefined : bytes.subarray(2 + extended, 2 + extended + length);
}
