import type { Framing } from "../exchange.ts";
import { BodyReader } from "../http1/body-reader.ts";

/** The body of a request that the edge itself answers (a form), taken whole into memory up to a bound. */
export class OwnBody {
  readonly #reader: BodyReader;
  readonly #limit: number;
  readonly #pieces: Uint8Array[] = [];
  /** Octets so far, without framing. */
  received = 0;

  /** @param limit octets */
  constructor(framing: Framing, limit: number) {
    this.#reader = new BodyReader(framing);
    this.#limit = limit;
  }

  get complete(): boolean {
    return this.#reader.complete;
  }

  get tooLarge(): boolean {
    const { framing } = this.#reader;
    return this.received > this.#limit || (framing.kind === "length" && framing.length > this.#limit);
  }

  /** @returns the offset behind the body when it ends here, `bytes.length` when it goes on, -1 when it is malformed */
  take(bytes: Buffer): number {
    return this.#reader.read(bytes, 0, bytes.length, (source, start, end) => {
      this.received += end - start;
      if (!this.tooLarge) this.#pieces.push(Uint8Array.prototype.slice.call(source, start, end));
    });
  }

  bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}
