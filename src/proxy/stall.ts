/** As much as is needed of a socket. */
export interface Written {
  /** Octets that were written and have not been taken. */
  readonly writableLength: number;
  /** Octets that were written in all, as sockets count them. Others are looked at by what is pending alone. */
  readonly bytesWritten?: number;
}

/** Notices a peer that reads nothing of what waits for it. A peer that reads slowly makes progress, and is left alone. */
export class Stall {
  #pending = 0;
  #taken = 0;
  #since = 0;

  /** @returns whether octets have been pending to `socket` for `limit` milliseconds without any of them being taken */
  check(socket: Written, now: number, limit: number): boolean {
    const pending = socket.writableLength;
    // By what was taken, not by what is left: a download refills the queue as soon as it is taken, to the same length every time.
    const taken = (socket.bytesWritten ?? 0) - pending;
    if (pending === 0 || this.#pending === 0 || taken !== this.#taken) this.#since = now;
    this.#pending = pending;
    this.#taken = taken;
    return pending > 0 && now - this.#since > limit;
  }
}
