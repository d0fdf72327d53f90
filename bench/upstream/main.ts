/**
 * The upstream that every competitor stands in front of: one process, raw where it is hot, so that it is never the bottleneck.
 * Its CPU is counted for nobody. Says `{ port }` to its parent once it listens on loopback.
 */
import { createServer, type AddressInfo, type Socket } from "node:net";

import { DOWNLOAD_BLOCK, LARGE_BODY, SMALL_BODY } from "./bodies.ts";
import { slowServer } from "./slow.ts";
import { serveWebSocket } from "./websocket.ts";

const SMALL = answer(SMALL_BODY);
const LARGE = answer(LARGE_BODY);

const server = createServer({ noDelay: true }, serve);
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("disconnect", () => process.exit());

function serve(socket: Socket): void {
  let pending: Buffer | undefined;
  socket.on("error", () => socket.destroy());
  socket.on("data", function receive(chunk: Buffer) {
    const bytes = pending ? Buffer.concat([pending, chunk]) : chunk;
    const end = bytes.indexOf("\r\n\r\n");
    pending = end < 0 ? bytes : undefined;
    if (end < 0) return;

    const head = bytes.toString("latin1", 0, end + 2);
    const path = head.startsWith("GET ") ? head.slice(4, head.indexOf(" ", 4)) : "";
    if (path === "/socket") {
      socket.off("data", receive);
      return serveWebSocket(socket, head, bytes.subarray(end + 4));
    }
    const close = /\r\nconnection: *close\r\n/i.test(head);
    if (path === "/small") send(socket, SMALL, close);
    else if (path === "/large") send(socket, LARGE, close);
    else if (path.startsWith("/download/")) download(socket, Number(path.slice(10)), close);
    else {
      socket.off("data", receive);
      slowServer.emit("connection", socket);
      socket.unshift(bytes);
    }
  });
}

function send(socket: Socket, bytes: Buffer, close: boolean): void {
  if (close) socket.end(bytes);
  else socket.write(bytes);
}

function answer(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(responseHead(body.length), "latin1"), body]);
}

function responseHead(length: number): string {
  return `HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nCache-Control: no-store\r\nContent-Length: ${length}\r\n\r\n`;
}

/** Writes `length` octets of the repeating block, as fast as the reader takes them. */
function download(socket: Socket, length: number, close: boolean): void {
  let remaining = length;
  socket.write(responseHead(length));
  pump();

  function pump(): void {
    while (remaining > 0 && !socket.destroyed) {
      const block = remaining >= DOWNLOAD_BLOCK.length ? DOWNLOAD_BLOCK : DOWNLOAD_BLOCK.subarray(0, remaining);
      remaining -= block.length;
      if (!socket.write(block) && remaining > 0) return void socket.once("drain", pump);
    }
    if (close) socket.end();
  }
}
