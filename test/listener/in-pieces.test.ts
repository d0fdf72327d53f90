import { randomBytes } from "node:crypto";
import { Socket } from "node:net";

import { describe, expect, it, onTestFinished } from "vitest";

import { readInPieces } from "../../src/listener/in-pieces.ts";

function socketWith(octets: Buffer): Socket {
  const socket = new Socket();
  onTestFinished(() => void socket.destroy());
  socket.unshift(octets);
  readInPieces(socket);
  return socket;
}

describe("a socket whose first octets are read in pieces", () => {
  // The runtime's first input buffer has 1,024 octets; a full one has another of 16 KiB beside it as long as the connection lasts.
  it.each([1, 1_022, 1_023, 1_024, 1_551, 2_046, 16_389, 65_536])("gives all %i, in order, and never 1,024 at once", (size) => {
    const octets = randomBytes(size);
    const socket = socketWith(octets);
    const pieces: Buffer[] = [];
    for (let piece; (piece = socket.read() as Buffer | null) !== null;) pieces.push(piece);
    expect(Buffer.concat(pieces)).toEqual(octets);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(1_024);
  });

  it("gives nothing more once it is destroyed: whoever read has ended with it", () => {
    const socket = socketWith(randomBytes(3_000));
    expect(socket.read()).toHaveLength(1_023);
    socket.destroy();
    expect(socket.read()).toBeNull();
  });
});
