import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";

import { acceptWebSocket } from "./upstream.ts";

export interface WorkingUpstream {
  readonly port: number;
  /** Requests taken, by what stands behind `?` in their target. */
  readonly taken: ReadonlyMap<string, number>;
  close(): void;
}

/**
 * An upstream that works, on node:http as the Gateway is: `/answer?ID` says who asked for what, `/upload` tells the body's hash, `/events`
 * streams numbered events, `/chat` sends frames back, and `/frame` sends one endless WebSocket frame.
 */
export async function workingUpstream(): Promise<WorkingUpstream> {
  const taken = new Map<string, number>();
  const open = new Set<Socket>();
  const server = createServer((request, response) => {
    const [path, id = ""] = (request.url ?? "").split("?");
    taken.set(id, (taken.get(id) ?? 0) + 1);
    const user = String(request.headers["x-forwarded-user"]);
    if (path === "/upload") {
      const digest = createHash("sha256");
      request.on("data", (chunk: Buffer) => digest.update(chunk));
      request.on("end", () => response.end(digest.digest("hex")));
      request.on("error", () => {});
    } else if (path === "/events") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      let number = 0;
      const timer = setInterval(() => response.write(`data: ${number++}\n\n`), 50);
      response.on("close", () => clearInterval(timer));
    } else {
      setTimeout(() => response.end(answerTo(id, user)), (id.length % 7) * 5);
    }
  });
  server.on("upgrade", (request, socket: Socket) => {
    acceptWebSocket(socket, `sec-websocket-key: ${request.headers["sec-websocket-key"]}\r\n`);
    socket.on("error", () => {});
    if (request.url === "/frame") {
      socket.write(Buffer.from([0x82, 127, 0, 0, 0, 0xff, 0, 0, 0, 0]));
      const more = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536)));
      };
      socket.on("drain", more);
      more();
    } else {
      socket.on("data", (bytes: Buffer) => echo(socket, bytes));
    }
  });
  server.on("connection", (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    taken,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** The only right answer. */
export const answerTo = (id: string, user: string): string => `${user} asked for ${id}: ${"#".repeat((id.length * 997) % 20_000)}`;

/** Masked frames of at most 125 octets that come whole: the clients of these tests wait for each answer. */
function echo(socket: Socket, bytes: Buffer): void {
  for (let index = 0; index + 6 <= bytes.length;) {
    const length = (bytes[index + 1] as number) & 0x7f;
    const mask = bytes.subarray(index + 2, index + 6);
    const payload = Buffer.from(bytes.subarray(index + 6, index + 6 + length)).map((octet, offset) => octet ^ (mask[offset % 4] as number));
    socket.write(Buffer.concat([Buffer.from([bytes[index] as number, payload.length]), payload]));
    index += 6 + length;
  }
}
