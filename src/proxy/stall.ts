import type { Duplex } from "node:stream";

/** Notices a peer that reads nothing of what waits for it. A peer that reads slowly makes progress, and is left alone. */
export class Stall {
  #pending = 0;
  #since = 0;

  /** @returns whether bytes have been pending to `socket` for `limit` milliseconds without any of them being taken */
  check(socket: Duplex, now: number, limit: number): boolean {
    const pending = socket.writableLength;
    if (pending === 0 || pending < this.#pending || this.#pending === 0) this.#since = now;
    this.#pending = pending;
    return pending > 0 && now - this.#since > limit;
  }
}
