import type { Framing } from "../exchange.ts";
import { BodyReader } from "../http1/body-reader.ts";
import { CHUNK_END, chunkStart, LAST_CHUNK } from "../http1/chunked.ts";
import type { ClientWriter } from "./client-writer.ts";

/** An answer's body on its way to the client: followed to its end, and in chunks of ours where only its end tells how long it is. */
export class ResponseBody extends BodyReader {
  readonly #writer: ClientWriter;
  /** Whether the client gets it in chunks: one of HTTP/1.0 knows none. */
  readonly isChunked: boolean;
  /** Octets to the client so far, without framing. */
  sent = 0;
  /** Whether the client keeps up with what was forwarded last; otherwise its drain is to be waited for. */
  keepsUp = true;

  /** @param minor the version of HTTP/1.x that the client speaks */
  constructor(framing: Framing, minor: 0 | 1, writer: ClientWriter) {
    super(framing);
    this.#writer = writer;
    this.isChunked = minor === 1 && isEndless(framing);
  }

  /** Whether nothing but the connection's end can tell the client where it ends. */
  get endsWithConnection(): boolean {
    return !this.isChunked && isEndless(this.framing);
  }

  /**
   * Writes what a read brought, behind the head where it comes first: one write a read.
   *
   * @param head the answer's head, or empty
   * @returns the offset behind the body when it ends here, `end` when it goes on, -1 when it is malformed
   */
  forward(head: string, bytes: Buffer, start: number, end: number): number {
    if (head === "" && !this.isChunked) return this.#writeThrough(bytes, start, end);
    this.#writer.begin().text(head);
    const consumed = this.#frame(bytes, start, end);
    this.keepsUp = this.#writer.flush();
    return consumed;
  }

  /** The upstream has ended it with its connection: its chunks end here. */
  end(): void {
    if (this.isChunked && this.framing.kind === "until-close") this.#writer.begin().text(LAST_CHUNK).flush();
  }

  #writeThrough(bytes: Buffer, start: number, end: number): number {
    this.keepsUp = true;
    return this.read(bytes, start, end, (data, from, to) => {
      this.sent += to - from;
      this.keepsUp = this.#writer.write(data as Buffer, from, to);
    });
  }

  #frame(bytes: Buffer, start: number, end: number): number {
    const writer = this.#writer;
    const consumed = this.read(bytes, start, end, (data, from, to) => {
      this.sent += to - from;
      if (this.isChunked) writer.text(chunkStart(to - from));
      writer.bytes(data as Buffer, from, to);
      if (this.isChunked) writer.text(CHUNK_END);
    });
    if (this.isChunked && this.complete) writer.text(LAST_CHUNK);
    return consumed;
  }
}

/** Whether nothing before its end tells how long a body is. */
const isEndless = ({ kind }: Framing): boolean => kind === "chunked" || kind === "until-close";
