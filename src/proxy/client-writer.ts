import type { Duplex } from "node:stream";

/** Octets of a response head, a read from upstream and its chunk framing together. */
const SCRATCH_SIZE = 98_304;
/** One buffer to put messages together in, for all connections: what is in it is written, or copied, before anything else runs. */
const SCRATCH = Buffer.allocUnsafeSlow(SCRATCH_SIZE);

/**
 * Writes to a client from memory that will be used again.
 *
 * A TLS socket takes what it is given during the call only while nothing is queued before it; otherwise, and always on a plain
 * socket (which sends by reference), the bytes are copied. Getting this wrong corrupts answers under load: the slow-reader test holds it.
 */
export class ClientWriter {
  readonly #socket: Duplex & { readonly encrypted?: boolean };
  readonly #takesAtOnce: boolean;
  #length = 0;
  #overflow: Buffer[] | undefined;

  constructor(socket: Duplex) {
    this.#socket = socket;
    this.#takesAtOnce = "encrypted" in socket;
  }

  /** @returns false when the client does not keep up: wait for its drain */
  write(bytes: Buffer, start: number, end: number): boolean {
    if (end === start) return !this.#socket.writableNeedDrain;
    const piece = bytes.subarray(start, end);
    return this.#socket.write(this.#takesAtOnce && this.#socket.writableLength === 0 ? piece : Buffer.from(piece));
  }

  /** Begins a message that is put together from texts and bytes, and written as one. */
  begin(): this {
    this.#length = 0;
    return this;
  }

  /** Appends latin1 text. */
  text(text: string): this {
    if (this.#length + text.length > SCRATCH_SIZE) this.#spill();
    // A head may be allowed to be larger than the buffer (--head-size): what does not fit in it would be cut off.
    if (text.length > SCRATCH_SIZE) this.#overflow?.push(Buffer.from(text, "latin1"));
    else this.#length += SCRATCH.write(text, this.#length, "latin1");
    return this;
  }

  bytes(bytes: Buffer, start: number, end: number): this {
    if (this.#length + end - start > SCRATCH_SIZE) this.#spill();
    this.#length += bytes.copy(SCRATCH, this.#length, start, end);
    return this;
  }

  /** @returns false when the client does not keep up: wait for its drain */
  flush(): boolean {
    if (this.#overflow !== undefined) {
      for (const piece of this.#overflow) this.#socket.write(piece);
      this.#overflow = undefined;
    }
    const length = this.#length;
    this.#length = 0;
    return this.write(SCRATCH, 0, length);
  }

  #spill(): void {
    (this.#overflow ??= []).push(Buffer.from(SCRATCH.subarray(0, this.#length)));
    this.#length = 0;
  }
}
