import { Socket } from "node:net";

/**
 * Octets of a piece. The runtime gives a TLS connection a first input buffer of 1,024 octets, or of what comes first where that is more,
 * and adds one of 16 KiB for good as soon as it is full to the last octet (NodeBIO::Commit). A browser's ClientHello with its hybrid key
 * share has 1,500 to 1,900 octets.
 */
const PIECE = 1_023;

/**
 * Lets TLS take over a socket's first octets in pieces, whole, but never so many at once that its input buffer grows: 13 KiB of resident
 * memory for each connection that is open.
 */
export function readInPieces(socket: Socket): void {
  socket.read = readPiece;
}

function readPiece(this: Socket): Buffer | null {
  // TLS has ended the connection over what it was given: nothing takes the rest.
  if (this.destroyed) return null;
  return Socket.prototype.read.call(this, Math.min(this.readableLength, PIECE)) as Buffer | null;
}
