import { BodyReader } from "../../../src/http1/body-reader.ts";
import { BARE_LF, findHeadEnd, INCOMPLETE } from "../../../src/http1/head-end.ts";
import { parseRequestHead } from "../../../src/http1/request-head.ts";
import type { Ending, OurReading, OurRequest, RequestReader } from "./reading.ts";

export const OUR_READER: RequestReader = { findHeadEnd, parseRequestHead, bodyReader: (framing) => new BodyReader(framing) };

const GRAMMAR = { scheme: "https", fields: 100 } as const;

/** Reads a connection's requests as the listener does: head, body, next head, until something is refused or the bytes end. */
export function readOurRequests(reads: readonly Uint8Array[], reader: RequestReader = OUR_READER): OurReading {
  const connection = new Connection(reader);
  for (const read of reads) if (!connection.push(read)) break;
  return connection.reading();
}

class Connection {
  readonly #reader: RequestReader;
  readonly #requests: OurRequest[] = [];
  #buffer: Buffer = Buffer.alloc(0);
  #body: ReturnType<RequestReader["bodyReader"]> | undefined;
  #stopped: Ending | undefined;

  constructor(reader: RequestReader) {
    this.#reader = reader;
  }

  /** @returns whether more may come */
  push(read: Uint8Array): boolean {
    this.#buffer = Buffer.concat([this.#buffer, read]);
    while (this.#stopped === undefined && this.#step());
    return this.#stopped === undefined;
  }

  reading(): OurReading {
    const within = this.#buffer.length > 0 || this.#body !== undefined;
    return { requests: this.#requests, ending: this.#stopped ?? (within ? "within" : "between") };
  }

  #step(): boolean {
    return this.#body === undefined ? this.#readHead() : this.#readBody(this.#body);
  }

  #readHead(): boolean {
    let start = 0;
    while (this.#buffer[start] === 0x0d && this.#buffer[start + 1] === 0x0a) start += 2;
    const end = this.#reader.findHeadEnd(this.#buffer, start, this.#buffer.length);
    if (end === BARE_LF) return this.#stop("bad_line_end");
    if (end === INCOMPLETE) {
      this.#buffer = this.#buffer.subarray(start);
      return false;
    }
    const head = this.#reader.parseRequestHead(this.#buffer.toString("latin1", start, end), GRAMMAR);
    this.#buffer = this.#buffer.subarray(end);
    if (typeof head === "string") return this.#stop(head);

    const { names, values } = head.fields;
    this.#requests.push({
      head,
      method: head.method,
      target: head.target,
      minor: head.minor,
      host: head.authority,
      persistent: head.persistent,
      fields: names.flatMap((name, index) => [name, values[index] ?? ""]),
      body: Buffer.alloc(0),
      complete: false,
    });
    this.#body = this.#reader.bodyReader(head.framing);
    return true;
  }

  #readBody(body: ReturnType<RequestReader["bodyReader"]>): boolean {
    const pieces: Uint8Array[] = [];
    // A complete body takes nothing more: what follows is the next head.
    const end = body.complete
      ? 0
      : body.read(this.#buffer, 0, this.#buffer.length, (bytes, start, stop) => pieces.push(Uint8Array.from(bytes.subarray(start, stop))));
    this.#amend((request) => ({ ...request, body: Buffer.concat([request.body, ...pieces]), complete: body.complete }));
    if (end < 0) return this.#stop("bad_chunk");
    this.#buffer = this.#buffer.subarray(end);
    if (!body.complete) return false;
    this.#body = undefined;
    const request = this.#requests.at(-1);
    if (request !== undefined && (!request.persistent || request.head.websocket)) return this.#stop("last");
    return this.#buffer.length > 0;
  }

  #amend(change: (request: OurRequest) => OurRequest): void {
    const request = this.#requests.pop();
    if (request !== undefined) this.#requests.push(change(request));
  }

  #stop(ending: Ending): false {
    this.#stopped = ending;
    return false;
  }
}
