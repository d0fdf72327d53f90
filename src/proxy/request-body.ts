import type { Framing } from "../exchange.ts";
import { BodyReader } from "../http1/body-reader.ts";
import { CHUNK_END, chunkStart, LAST_CHUNK } from "../http1/chunked.ts";

/** A request's body on its way upstream: followed to its end, and its chunk framing written anew. */
export class RequestBody {
  readonly #reader: BodyReader;
  readonly #framing: Framing;
  #pieces: Uint8Array[] = [];
  /** Octets so far, without framing. */
  received = 0;

  constructor(framing: Framing) {
    this.#framing = framing;
    this.#reader = new BodyReader(framing);
  }

  get complete(): boolean {
    return this.#reader.complete;
  }

  /** @returns the offset behind the body when it ends here, `bytes.length` when it goes on, -1 when it is malformed */
  take(bytes: Buffer): number {
    const wasComplete = this.complete;
    let octets = 0;
    const data: Uint8Array[] = [];
    const consumed = this.#reader.read(bytes, 0, bytes.length, (source, start, end) => {
      octets += end - start;
      data.push(source.subarray(start, end));
    });
    this.received += octets;
    if (this.#framing.kind === "chunked") {
      // One chunk of ours for all of a read: a thousand chunks of one octet don't become a thousand writes.
      if (octets > 0) this.#pieces.push(Buffer.from(chunkStart(octets)), ...data, Buffer.from(CHUNK_END));
      if (this.complete && !wasComplete) this.#pieces.push(Buffer.from(LAST_CHUNK));
      if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces)];
    } else {
      this.#pieces.push(...data);
    }
    return consumed;
  }

  /** What `take` left to be written; each piece is handed out once. */
  pieces(): readonly Uint8Array[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }
}
