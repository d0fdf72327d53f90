import type net from "node:net";

/** What became of waiting for a line. */
export type Line =
  | { readonly kind: "line"; readonly text: string }
  /** It is longer than it may be. */
  | { readonly kind: "too-long" }
  /** The other end left before the line ended; `failure` where it was cut. */
  | { readonly kind: "ended"; readonly failure?: Error }
  | { readonly kind: "late" };

/**
 * One line from a socket, bounded in octets and milliseconds: a peer that says nothing, or goes on for ever, costs no more than that.
 * What comes after it is left unread.
 */
export function readLine(socket: net.Socket, limit: number, time: number): Promise<Line> {
  const { promise, resolve } = Promise.withResolvers<Line>();
  const pieces: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(() => finish({ kind: "late" }), time);
  const receive = (chunk: Buffer): void => {
    const end = chunk.indexOf(0x0a);
    const piece = end < 0 ? chunk : chunk.subarray(0, end);
    size += piece.length;
    if (size > limit) return finish({ kind: "too-long" });
    pieces.push(piece);
    if (end >= 0) finish({ kind: "line", text: Buffer.concat(pieces).toString() });
  };
  const fail = (failure: Error): void => finish({ kind: "ended", failure });
  const end = (): void => finish({ kind: "ended" });
  const finish = (line: Line): void => {
    clearTimeout(timer);
    socket.off("data", receive).off("end", end).off("close", end).off("error", fail);
    socket.pause();
    resolve(line);
  };
  socket.on("data", receive).on("end", end).on("close", end).on("error", fail);
  return promise;
}
