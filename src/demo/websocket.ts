import { isUtf8 } from "node:buffer";
import { hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** RFC 6455 §1.3. */
const MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** Octets of a message; the Gateway's own bound is 25 MiB. */
const LARGEST_MESSAGE = 32 * 1_048_576;

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

interface Frame {
  readonly final: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** A mistake of the peer, with the status code that closes the connection (RFC 6455 §7.4.1). */
class ProtocolError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The server's end of a WebSocket that sends every message back: text as text, binary as binary, fragments as one message. */
export function echoWebSocket(request: IncomingMessage, socket: Duplex, first: Buffer): void {
  const key = request.headers["sec-websocket-key"] ?? "";
  if (request.method !== "GET" || request.headers["sec-websocket-version"] !== "13" || Buffer.from(key, "base64").length !== 16) {
    socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    return;
  }
  const accept = hash("sha1", key + MAGIC, "base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);

  const receive = messages(socket);
  const take = (bytes: Buffer): void => {
    try {
      receive(bytes);
    } catch (error) {
      const status = error instanceof ProtocolError ? error.status : 1011;
      socket.end(frame(CLOSE, closing(status, error instanceof ProtocolError ? error.message : "")));
      socket.off("data", take);
      socket.resume();
    }
  };
  socket.on("error", () => socket.destroy());
  socket.on("end", () => socket.end());
  if (first.length > 0) take(first);
  socket.on("data", take);
}

/** Gathers bytes into frames and frames into messages, and answers each. */
function messages(socket: Duplex): (bytes: Buffer) => void {
  let pending: Buffer[] = [];
  let pendingSize = 0;
  let needed = 2;
  let parts: Buffer[] = [];
  let opcode = 0;
  let size = 0;
  let closed = false;

  const onFrame = (received: Frame): void => {
    if (received.opcode === PING) return void socket.write(frame(PONG, received.payload));
    if (received.opcode === PONG) return;
    if (received.opcode === CLOSE) {
      closed = true;
      return void socket.end(frame(CLOSE, received.payload.subarray(0, 2)));
    }
    if ((received.opcode === 0) !== (opcode !== 0)) throw new ProtocolError(1002, "A continuation is out of place.");
    if (received.opcode !== 0) opcode = received.opcode;
    parts.push(received.payload);
    size += received.payload.length;
    if (size > LARGEST_MESSAGE) throw new ProtocolError(1009, "The message is too large.");
    if (!received.final) return;
    const message = Buffer.concat(parts, size);
    if (opcode === TEXT && !isUtf8(message)) throw new ProtocolError(1007, "The text is not UTF-8.");
    // A reader that is slower than its own sending must not fill this process.
    if (!socket.write(frame(opcode, message))) {
      socket.pause();
      socket.once("drain", () => socket.resume());
    }
    [parts, opcode, size] = [[], 0, 0];
  };

  return (bytes) => {
    pending.push(bytes);
    pendingSize += bytes.length;
    // Joined only when a whole frame can be there: joining at every chunk makes a large frame cost its square.
    while (!closed && pendingSize >= needed) {
      const buffer = pending.length === 1 ? (pending[0] ?? bytes) : Buffer.concat(pending, pendingSize);
      const parsed = parse(buffer);
      if ("needed" in parsed) {
        [pending, needed] = [[buffer], parsed.needed];
        return;
      }
      pending = [buffer.subarray(parsed.size)];
      pendingSize -= parsed.size;
      needed = 2;
      onFrame(parsed.frame);
    }
  };
}

/** One frame (RFC 6455 §5.2), or how many octets must be there before it is worth another look. */
function parse(bytes: Buffer): { readonly frame: Frame; readonly size: number } | { readonly needed: number } {
  if (bytes.length < 2) return { needed: 2 };
  const [head = 0, second = 0] = bytes;
  const opcode = head & 15;
  const final = (head & 128) !== 0;
  if ((head & 0x70) !== 0) throw new ProtocolError(1002, "No extension was agreed.");
  if ((second & 128) === 0) throw new ProtocolError(1002, "A client's frame is masked.");
  const short = second & 127;
  if (opcode >= CLOSE ? opcode > PONG || !final || short > 125 : opcode > BINARY) throw new ProtocolError(1002, "The frame is not valid.");
  const start = short < 126 ? 6 : short === 126 ? 8 : 14;
  if (bytes.length < start) return { needed: start };
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (length > LARGEST_MESSAGE) throw new ProtocolError(1009, "The message is too large.");
  const end = start + length;
  if (bytes.length < end) return { needed: end };
  const payload = Buffer.from(bytes.subarray(start, end));
  for (let index = 0; index < length; index++) payload[index] = (payload[index] ?? 0) ^ (bytes[start - 4 + (index & 3)] ?? 0);
  return { frame: { final, opcode, payload }, size: end };
}

/** A server's frame: unmasked and whole. */
function frame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = 128 | opcode;
  head[1] = length < 126 ? length : length < 65_536 ? 126 : 127;
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}

function closing(status: number, reason: string): Buffer {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(status);
  payload.write(reason, 2);
  return payload;
}
