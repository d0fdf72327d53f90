import type { Duplex } from "node:stream";

/** Milliseconds for which a client is still listened to after its last answer. */
export const LINGER_TIME = 2_000;
/** Octets for which it is. */
const LINGER_OCTETS = 1_048_576;

/**
 * A connection after its last answer (RFC 9112 §9.6): our side is closed, and what still comes is read and dropped, for a while. Closed at
 * once, it would be reset by what the client is still sending, and the client could lose the answer.
 */
export class Lingering {
  readonly #socket: Duplex;
  #received = 0;

  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.end();
    socket.resume();
  }

  receive(octets: Buffer): void {
    this.#received += octets.length;
    if (this.#received > LINGER_OCTETS) this.#socket.destroy();
  }
}
