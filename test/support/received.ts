import type { Socket } from "node:net";

/** One end of a connection, with everything that it was sent, octet by octet. */
export class Received {
  readonly socket: Socket;
  /** FIN or close_notify came. */
  ended = false;
  closed = false;
  error: Error | undefined;
  #pieces: Buffer[] = [];
  #length = 0;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (piece: Buffer) => {
      this.#pieces.push(piece);
      this.#length += piece.length;
    });
    socket.on("end", () => (this.ended = true));
    socket.on("close", () => (this.closed = true));
    socket.on("error", (error) => (this.error = error));
  }

  /** Everything received so far. */
  get bytes(): Buffer {
    if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0] ?? Buffer.alloc(0);
  }

  /** The same in latin1. */
  get text(): string {
    return this.bytes.toString("latin1");
  }

  get length(): number {
    return this.#length;
  }
}
