import type { Duplex } from "node:stream";

import type { ErrorCode } from "../errors.ts";
import type { ClientWriter } from "./client-writer.ts";
import type { UpstreamConnection, UpstreamUser } from "./upstream.ts";
import { closeFrame, FrameBoundary } from "./websocket-frames.ts";

/** Milliseconds that the client has to take what is left after the upstream has ended. */
const FLUSH_TIME = 10_000;
/** Milliseconds that the upstream has to take what is left and to end its side after the client has ended. */
const END_TIME = 2_000;

/**
 * An open WebSocket: octets go both ways as they are, after upstream's own 101. When one side ends, what it sent is flushed to the other,
 * and then both are closed (RFC 9110 §9.3.6).
 */
export class Tunnel implements UpstreamUser {
  readonly #client: Duplex;
  readonly #writer: ClientWriter;
  readonly #upstream: UpstreamConnection;
  readonly #onEnd: (code: ErrorCode | undefined) => void;
  readonly #frames = new FrameBoundary();
  #closing: Buffer | undefined;
  #deadline = Infinity;
  /** Cuts a frame that does not end. A timer of its own: a look once a second would let half a second become one and a half. */
  #cut: NodeJS.Timeout | undefined;
  #cutAt = Infinity;
  #over = false;
  /** Octets from the client and to it. */
  received = 0;
  sent = 0;
  #hasSpoken = false;

  /** @param onEnd is called once; the client's socket is then ended or destroyed */
  constructor(client: Duplex, writer: ClientWriter, upstream: UpstreamConnection, onEnd: (code: ErrorCode | undefined) => void) {
    this.#client = client;
    this.#writer = writer;
    this.#upstream = upstream;
    this.#onEnd = onEnd;
    upstream.transferTo(this);
  }

  /** Octets from the client. They must not change afterwards. */
  clientBytes(bytes: Buffer): void {
    this.received += bytes.length;
    // Control frames have opcodes from 8 (RFC 6455 §5.2). They come alone, so the first octet of a read tells enough.
    if (((bytes[0] ?? 0xff) & 0x0f) < 3) this.#hasSpoken = true;
    if (!this.#over && !this.#upstream.write(bytes)) this.#client.pause();
  }

  clientDrain(): void {
    if (!this.#over) this.#upstream.resume();
  }

  /** The client ended its side, in order (close_notify) or not. */
  clientEnded(): void {
    if (this.#over) return;
    this.#upstream.end(END_TIME);
    this.#finish(undefined);
  }

  upstreamBytes(bytes: Buffer, start: number, end: number): boolean {
    if (this.#closing !== undefined) {
      const boundary = this.#frames.firstIn(bytes, start, end);
      const keepsUp = this.#forward(bytes, start, boundary < 0 ? end : boundary);
      if (boundary >= 0) this.#close();
      // A client that does not read has to be waited for here as well: what is left of the frame may be any length.
      return keepsUp || boundary >= 0;
    }
    this.#frames.follow(bytes, start, end);
    return this.#forward(bytes, start, end);
  }

  upstreamDrain(): void {
    this.#client.resume();
  }

  upstreamClosed(clean: boolean, code: ErrorCode): void {
    if (this.#over) return;
    this.#finish(clean ? undefined : code);
  }

  /**
   * Ends the tunnel with a close frame at the next frame boundary: a client told so in mid-frame would take the code for payload.
   * After `grace` milliseconds it is cut wherever it is. Of several who close it, the most impatient one counts: whoever loses the right to
   * be here while the edge stops has no longer than anybody else.
   */
  close(code: number, reason: string, grace: number): void {
    const cutAt = performance.now() + grace;
    if (this.#over || cutAt >= this.#cutAt) return;
    this.#closing = closeFrame(code, reason);
    if (this.#frames.reached) return this.#close();
    this.#cutAt = cutAt;
    clearTimeout(this.#cut);
    this.#cut = setTimeout(() => this.destroy(), grace).unref();
  }

  /** Cuts both sides at once. */
  destroy(): void {
    clearTimeout(this.#cut);
    if (!this.#over) {
      this.#over = true;
      this.#upstream.destroy();
    }
    this.#client.destroy();
  }

  /** Whether the client has sent data since this was asked last: an answer to a ping is none. */
  takeSpoken(): boolean {
    const hasSpoken = this.#hasSpoken;
    this.#hasSpoken = false;
    return hasSpoken;
  }

  sweep(now: number): void {
    if (now > this.#deadline) this.destroy();
  }

  #forward(bytes: Buffer, start: number, end: number): boolean {
    this.sent += end - start;
    return this.#writer.write(bytes, start, end);
  }

  #close(): void {
    if (this.#closing !== undefined) this.#client.write(this.#closing);
    this.#upstream.destroy();
    this.#finish("shutting_down");
  }

  #finish(code: ErrorCode | undefined): void {
    this.#over = true;
    clearTimeout(this.#cut);
    this.#deadline = performance.now() + FLUSH_TIME;
    this.#client.end();
    this.#client.resume();
    this.#onEnd(code);
  }
}
