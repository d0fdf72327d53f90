import type { Duplex } from "node:stream";

import type { Limits } from "../config/limits.ts";

/**
 * Octets of a client that wait for their turn: a head that is not whole yet, requests behind the one that is open (pipelining, RFC 9112
 * §9.3.2), frames before a WebSocket's 101. When they are more than a client may send ahead, it is not read from.
 */
export class Held {
  readonly #socket: Duplex;
  readonly #limits: Pick<Limits, "pipelined">;
  /** Undefined: none; never empty. */
  octets: Buffer | undefined;

  constructor(socket: Duplex, limits: Pick<Limits, "pipelined">) {
    this.#socket = socket;
    this.#limits = limits;
  }

  /** Whether more waits than a client may send ahead of its turn. */
  get isAhead(): boolean {
    return this.octets !== undefined && this.octets.length > this.#limits.pipelined;
  }

  /** Puts octets behind those that wait. */
  append(octets: Buffer): void {
    this.octets = this.octets === undefined ? octets : Buffer.concat([this.octets, octets]);
  }

  /** The same, for octets whose turn somebody else has to bring: stops reading when they are many. */
  hold(octets: Buffer): void {
    this.append(octets);
    if (this.isAhead) this.#socket.pause();
  }

  /** All that waits; then nothing does. */
  take(): Buffer | undefined {
    const { octets } = this;
    this.octets = undefined;
    return octets;
  }
}
