/**
 * Follows the lengths of a stream of WebSocket frames (RFC 6455 §5.2), and nothing else of them, to know where one ends.
 * Made for the frames of a server, which are not masked; a masked one is followed as well.
 */
export class FrameBoundary {
  /** Header octets still to come before the length is known. */
  #header: number[] | undefined = [];
  #payload = 0;

  /** Whether the bytes so far end with a whole frame: a frame of our own may come here. */
  get reached(): boolean {
    return this.#header !== undefined && this.#header.length === 0;
  }

  /** @returns the offset of the first boundary in the bytes, at `start` or behind it, or -1 when there is none up to `end` */
  firstIn(bytes: Uint8Array, start: number, end: number): number {
    let index = start;
    while (!this.reached && index < end) index = this.#step(bytes, index, end);
    return this.reached ? index : -1;
  }

  follow(bytes: Uint8Array, start: number, end: number): void {
    let index = start;
    while (index < end) index = this.#step(bytes, index, end);
  }

  #step(bytes: Uint8Array, index: number, end: number): number {
    if (this.#header === undefined) {
      const take = Math.min(this.#payload, end - index);
      this.#payload -= take;
      if (this.#payload === 0) this.#header = [];
      return index + take;
    }
    this.#header.push(bytes[index] as number);
    const length = headerLength(this.#header);
    if (this.#header.length === length) {
      this.#payload = payloadLength(this.#header);
      this.#header = this.#payload === 0 ? [] : undefined;
    }
    return index + 1;
  }
}

function headerLength(header: readonly number[]): number {
  const second = header[1];
  if (second === undefined) return 2;
  const length = second & 0x7f;
  return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + (second & 0x80 ? 4 : 0);
}

function payloadLength(header: readonly number[]): number {
  const length = (header[1] as number) & 0x7f;
  if (length < 126) return length;
  return header.slice(2, length === 126 ? 4 : 10).reduce((value, octet) => value * 256 + octet, 0);
}

/** A close frame as a server sends it (RFC 6455 §5.5.1). The reason has at most 123 octets. */
export function closeFrame(code: number, reason: string): Buffer {
  const text = Buffer.from(reason).subarray(0, 123);
  return Buffer.concat([Buffer.from([0x88, 2 + text.length, code >> 8, code & 0xff]), text]);
}
