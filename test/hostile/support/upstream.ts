import { hash } from "node:crypto";
import type { Socket } from "node:net";

import { startRawUpstream, type RawUpstream } from "../../support/raw-upstream.ts";

/** What the upstream does with a request whose head has come: `target` is its path, `rest` what came behind the head. */
export type Route = (socket: Socket, head: string, rest: Buffer) => void;

export interface RoutedUpstream extends Pick<RawUpstream, "port" | "close"> {
  /** Targets in the order in which they were asked for, the honest ones left out. */
  readonly asked: readonly string[];
  /** Connections on which a request for this target came and that have not been closed by the edge. */
  open(target: string): number;
}

/**
 * An upstream that speaks just enough HTTP to be wrong on purpose: `/honest` is answered rightly, on a connection that persists,
 * and everything else is done by the route of that path, which owns the connection from then on.
 */
export async function routedUpstream(routes: Readonly<Record<string, Route>> = {}): Promise<RoutedUpstream> {
  const asked: string[] = [];
  const open = new Map<string, number>();
  const { port, close } = await startRawUpstream(({ socket }) => {
    // The edge's own client state decides when it is over; this side follows.
    socket.on("end", () => socket.end());
    let bytes = Buffer.alloc(0);
    socket.removeAllListeners("data");
    const onData = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      for (let end = bytes.indexOf("\r\n\r\n"); end >= 0; end = bytes.indexOf("\r\n\r\n")) {
        const head = bytes.toString("latin1", 0, end + 4);
        bytes = bytes.subarray(end + 4);
        const target = head.split(" ")[1]?.split("?")[0] ?? "";
        if (target === "/honest") {
          socket.write(HONEST);
          continue;
        }
        asked.push(target);
        open.set(target, (open.get(target) ?? 0) + 1);
        socket.once("close", () => open.set(target, (open.get(target) ?? 0) - 1));
        socket.off("data", onData);
        socket.on("data", () => {});
        return routes[target]?.(socket, head, bytes);
      }
    };
    socket.on("data", onData);
  });
  return { port, close, asked, open: (target) => open.get(target) ?? 0 };
}

const HONEST = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhonest";

/** Accepts the WebSocket of that handshake. */
export function acceptWebSocket(socket: Socket, head: string): void {
  const key = /^sec-websocket-key: *(.*)\r$/im.exec(head)?.[1] ?? "";
  const accept = hash("sha1", `${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`, "base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
}

/** Writes `chunk` on and on, as fast as it is taken. */
export function pour(socket: Socket, chunk: Buffer): void {
  const more = (): void => {
    while (!socket.destroyed && socket.writable && socket.write(chunk));
  };
  socket.on("drain", more);
  more();
}
