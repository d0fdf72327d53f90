import { createHash, randomBytes } from "node:crypto";
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** Where a test's client connects. */
export interface Dial {
  readonly host: string;
  readonly port: number;
  /** Undefined: without TLS. */
  readonly tls?: { readonly servername: string; readonly ca: string };
  /** The value of Host. */
  readonly authority: string;
}

export type FieldLines = readonly (readonly [name: string, value: string])[];

/** A WebSocket seen from the client, frame by frame (RFC 6455). */
export interface WebSocketClient {
  /** Sends one masked text frame; resolves when the kernel has taken it. */
  send(text: string): Promise<void>;
  /** Called for every text message. One consumer. */
  onMessage: (text: string) => void;
  /** The close frame's code and reason; 1006 when the connection ended without one (RFC 6455 §7.1.5). */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Pings that the server has sent so far; each was answered. */
  readonly pings: number;
  /** Says goodbye with 1000 and waits for the end. */
  close(): Promise<void>;
  /** Cuts the connection. */
  destroy(): void;
}

/** The server's answer when it was not 101. */
export class HandshakeRefused extends Error {
  readonly status: number;
  readonly head: string;

  constructor(head: string) {
    super(`The handshake was answered: ${head.split("\r\n", 1)[0]}`);
    this.status = Number(head.slice(9, 12));
    this.head = head;
  }
}

/** Opens a WebSocket with exactly these fields beside the handshake's own, in any spelling and number. */
export async function openWebSocket(dial: Dial, path: string, fields: FieldLines): Promise<WebSocketClient> {
  const socket = await connect(dial);
  const key = randomBytes(16).toString("base64");
  const own: FieldLines = [
    ["Host", dial.authority],
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Key", key],
    ["Sec-WebSocket-Version", "13"],
  ];
  socket.write(`GET ${path} HTTP/1.1\r\n${[...own, ...fields].map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
  const { head, rest } = await readHead(socket);
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  if (!head.startsWith("HTTP/1.1 101 ") || !head.includes(accept)) {
    socket.destroy();
    throw new HandshakeRefused(head);
  }
  return speak(socket, rest);
}

function connect(dial: Dial): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { host, port, tls } = dial;
    const socket = tls ? connectTls({ host, port, ...tls, ALPNProtocols: ["http/1.1"] }) : connectPlain({ host, port });
    socket.once("error", reject).once(tls ? "secureConnect" : "connect", () => {
      socket.off("error", reject).on("error", () => {});
      resolve(socket);
    });
  });
}

function readHead(socket: Socket): Promise<{ readonly head: string; readonly rest: Buffer }> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      const end = bytes.indexOf("\r\n\r\n");
      if (end === -1) return;
      socket.pause().off("data", onData).off("close", onClose);
      resolve({ head: bytes.toString("latin1", 0, end + 2), rest: bytes.subarray(end + 4) });
    };
    const onClose = (): void => reject(new Error("The connection closed before the handshake was answered."));
    socket.on("data", onData).on("close", onClose);
  });
}

function speak(socket: Socket, first: Buffer): WebSocketClient {
  let chunks: Buffer[] = [];
  let size = 0;
  let message: Buffer[] = [];
  let pings = 0;
  let farewell = { code: 1006, reason: "" };
  const early: string[] = [];
  let consumer: ((text: string) => void) | undefined;

  const take = (opcode: number, final: boolean, payload: Buffer): void => {
    if (opcode === 0x8) {
      farewell = { code: payload.length < 2 ? 1005 : payload.readUInt16BE(0), reason: payload.toString("utf8", 2) };
      socket.end(frame(0x8, payload.subarray(0, 2)));
    } else if (opcode === 0x9) {
      pings += 1;
      socket.write(frame(0xa, payload));
    } else if (opcode === 0x0 || opcode === 0x1) {
      message.push(payload);
      if (!final) return;
      const text = Buffer.concat(message).toString("utf8");
      message = [];
      if (consumer) consumer(text);
      else early.push(text);
    }
  };
  const onData = (chunk: Buffer): void => {
    chunks.push(chunk);
    size += chunk.length;
    for (;;) {
      // Joined only when a whole frame is there: a frame of 24 MiB comes in thousands of chunks.
      if (chunks.length > 1 && (chunks[0] as Buffer).length < 10) chunks = [Buffer.concat(chunks)];
      const length = frameLength(chunks[0] as Buffer);
      if (length === undefined || size < length.header + length.payload) return;
      const bytes = Buffer.concat(chunks);
      const end = length.header + length.payload;
      chunks = [bytes.subarray(end)];
      size = bytes.length - end;
      take((bytes[0] as number) & 0x0f, ((bytes[0] as number) & 0x80) !== 0, bytes.subarray(length.header, end));
    }
  };
  socket.on("data", onData);
  if (first.length > 0) onData(first);
  socket.resume();

  const closed = new Promise<{ code: number; reason: string }>((resolve) => socket.once("close", () => resolve(farewell)));
  return {
    closed,
    get pings() {
      return pings;
    },
    get onMessage() {
      return consumer ?? ((): void => {});
    },
    set onMessage(next) {
      consumer = next;
      for (const text of early.splice(0)) next(text);
    },
    send: (text) =>
      new Promise((resolve, reject) => socket.write(frame(0x1, Buffer.from(text)), (error) => (error ? reject(error) : resolve()))),
    async close() {
      const code = Buffer.alloc(2);
      code.writeUInt16BE(1000);
      socket.write(frame(0x8, code));
      setTimeout(() => socket.destroy(), 2_000).unref();
      await closed;
    },
    destroy: () => void socket.destroy(),
  };
}

/** A server's frame is never masked (RFC 6455 §5.1): the length alone tells where it ends. */
function frameLength(bytes: Buffer): { readonly header: number; readonly payload: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] as number) & 0x7f;
  if (short < 126) return { header: 2, payload: short };
  if (short === 126) return bytes.length < 4 ? undefined : { header: 4, payload: bytes.readUInt16BE(2) };
  return bytes.length < 10 ? undefined : { header: 10, payload: Number(bytes.readBigUInt64BE(2)) };
}

/** One final frame from a client, masked (RFC 6455 §5.2, §5.3). */
function frame(opcode: number, payload: Buffer): Buffer {
  const header = payload.length < 126 ? 2 : payload.length < 65_536 ? 4 : 10;
  const bytes = Buffer.allocUnsafe(header + 4 + payload.length);
  bytes[0] = 0x80 | opcode;
  bytes[1] = 0x80 | (header === 2 ? payload.length : header === 4 ? 126 : 127);
  if (header === 4) bytes.writeUInt16BE(payload.length, 2);
  if (header === 10) bytes.writeBigUInt64BE(BigInt(payload.length), 2);
  const mask = randomBytes(4);
  mask.copy(bytes, header);
  for (let index = 0; index < payload.length; index += 1) {
    bytes[header + 4 + index] = (payload[index] as number) ^ (mask[index & 3] as number);
  }
  return bytes;
}
