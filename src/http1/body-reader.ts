import type { Framing } from "../exchange.ts";
import type { BodySink } from "./chunked.ts";
import { ChunkedDecoder } from "./chunked.ts";

/** Follows a message body to its end, whatever its framing and however it is cut into reads. */
export class BodyReader {
  readonly framing: Framing;
  readonly #chunked: ChunkedDecoder | undefined;
  #remaining: number;

  constructor(framing: Framing) {
    this.framing = framing;
    this.#chunked = framing.kind === "chunked" ? new ChunkedDecoder() : undefined;
    this.#remaining = framing.kind === "length" ? framing.length : framing.kind === "until-close" ? Infinity : 0;
  }

  get complete(): boolean {
    return this.#chunked === undefined ? this.#remaining === 0 : this.#chunked.complete;
  }

  /** @returns the offset behind the body when it ends here, `end` when it goes on, -1 when it is malformed */
  read(bytes: Uint8Array, start: number, end: number, sink: BodySink): number {
    if (this.#chunked !== undefined) return this.#chunked.decode(bytes, start, end, sink);
    const take = Math.min(this.#remaining, end - start);
    if (take > 0) sink(bytes, start, start + take);
    this.#remaining -= take;
    return start + take;
  }
}
