import type { Duplex } from "node:stream";

import type { ErrorCode } from "../errors.ts";
import type { RequestHead } from "../exchange.ts";
import { downstreamHead, framingField, interimHead, switchingHead } from "../headers/downstream-head.ts";
import type { UpstreamHead } from "../headers/upstream-head.ts";
import { BodyReader } from "../http1/body-reader.ts";
import { CHUNK_END, chunkStart, LAST_CHUNK } from "../http1/chunked.ts";
import { BARE_LF, findHeadEnd, INCOMPLETE } from "../http1/head-end.ts";
import { parseResponseHead, type ResponseHead } from "../http1/response-head.ts";
import { acceptsWebSocket } from "./accepts-websocket.ts";
import type { ClientWriter } from "./client-writer.ts";
import { RequestBody } from "./request-body.ts";
import type { Upstream, UpstreamConnection, UpstreamUser } from "./upstream.ts";

/** An upstream that sends more interim answers than this to one request is broken. */
const INTERIM_LIMIT = 16;

export interface TransferOptions {
  readonly headSize: number;
  readonly headFields: number;
  /** Milliseconds for which a WebSocket handshake waits for an upstream that refuses connections. */
  readonly hold: number;
  /** The whole Strict-Transport-Security line for a host, or empty. */
  readonly hsts: (host: string) => string;
}

/** Whoever serves the client: is told what becomes of the transfer. Exactly one of the last four is called, once. */
export interface TransferOwner {
  readonly socket: Duplex;
  readonly writer: ClientWriter;
  /** The connection must end after this answer. Asked when the head is written. */
  readonly lastAnswer: boolean;
  /** IMF-fixdate. */
  readonly date: string;
  /** Whether the upstream is the Gateway, and not what a route of the operator's leads to. */
  readonly isGateway: boolean;
  /** The final answer's head has been written. */
  transferAnswered(status: number): void;
  /** May answer in the upstream's place: true takes the exchange over, and the upstream's answer is dropped. */
  transferReplaced(head: ResponseHead, body: Buffer): boolean;
  /** The answer is complete. `bodyRead`: so was the request's body; otherwise nothing on the connection can be trusted any more. */
  transferComplete(bodyRead: boolean): void;
  /** There will be no answer, and none was begun. */
  transferFailed(code: ErrorCode): void;
  /** The answer stopped in the middle: it must not look complete to the client. */
  transferCut(code: ErrorCode): void;
  /** Upstream accepted the WebSocket; `bytes` are its first octets. The connection is the tunnel's now. */
  transferSwitched(connection: UpstreamConnection, bytes: Buffer): void;
}

/** One request on its way to the upstream, and its answer on the way back. */
export class Transfer implements UpstreamUser {
  readonly #request: RequestHead;
  readonly #head: UpstreamHead;
  readonly #setCookies: readonly string[];
  readonly #upstream: Upstream;
  readonly #options: TransferOptions;
  readonly #owner: TransferOwner;
  readonly #body: RequestBody;
  #connection: UpstreamConnection | undefined;
  /** The beginning of a head that did not come in one read. */
  #partial: Buffer | undefined;
  #interim = 0;
  #response: ResponseHead | undefined;
  #reader: BodyReader | undefined;
  /** Whether the client gets the body in chunks of ours. */
  #chunked = false;
  #over = false;
  /** Stops waiting for an upstream that refused, and when the wait began. */
  #giveUp: (() => void) | undefined;
  #heldSince: number | undefined;
  /** Octets of the answer's body. */
  sent = 0;

  constructor(
    request: RequestHead,
    head: UpstreamHead,
    setCookies: readonly string[],
    upstream: Upstream,
    options: TransferOptions,
    owner: TransferOwner,
  ) {
    this.#request = request;
    this.#head = head;
    this.#setCookies = setCookies;
    this.#upstream = upstream;
    this.#options = options;
    this.#owner = owner;
    this.#body = new RequestBody(request.framing);
  }

  /** Octets of the request's body so far. */
  get received(): number {
    return this.#body.received;
  }

  get bodyRead(): boolean {
    return this.#body.complete;
  }

  /** The upstream was told to expect a body that the client sends only after 100 (Continue). */
  get awaitsContinue(): boolean {
    return this.#request.expectsContinue && this.#interim === 0 && this.#body.received === 0;
  }

  /**
   * Sends the head, with what is there of the body in the same write.
   * @returns the offset in `held` behind the body's octets, or -1 when they are malformed
   */
  start(held: Buffer | undefined): number {
    const { framing, fields } = this.#request;
    const connection = this.#upstream.acquire(this, this.#isRepeatable());
    this.#connection = connection;
    const head = this.#head.serialise(framing, fields.first("content-length") !== undefined);
    if (held === undefined || framing.kind === "none") {
      connection.write(head);
      return 0;
    }
    const consumed = this.#body.take(held);
    if (consumed < 0) return consumed;
    connection.write(Buffer.concat([Buffer.from(head, "latin1"), ...this.#body.pieces()]));
    return consumed;
  }

  /**
   * Octets of the request's body. They must not change afterwards.
   * @returns the offset behind the body when it ends here, `bytes.length` when it goes on, or -1 when it is malformed
   */
  clientBytes(bytes: Buffer): number {
    const consumed = this.#body.take(bytes);
    let keepsUp = true;
    for (const piece of this.#body.pieces()) keepsUp = this.#connection?.write(piece) ?? true;
    if (!keepsUp) this.#owner.socket.pause();
    return consumed;
  }

  clientDrain(): void {
    this.#connection?.resume();
  }

  /** The client has left, or has to: its request leaves the upstream with it. */
  abort(): void {
    this.#over = true;
    this.#giveUp?.();
    this.#connection?.destroy();
  }

  upstreamDrain(): void {
    this.#owner.socket.resume();
  }

  upstreamBytes(bytes: Buffer, start: number, end: number): boolean {
    if (this.#response !== undefined) return this.#forwardBody(bytes, start, end, "");
    if (this.#partial === undefined) return this.#readHead(bytes, start, end);
    const whole = Buffer.concat([this.#partial, bytes.subarray(start, end)]);
    this.#partial = undefined;
    return this.#readHead(whole, 0, whole.length);
  }

  upstreamClosed(clean: boolean, code: ErrorCode): void {
    if (this.#over) return;
    const connection = this.#connection;
    if (this.#response !== undefined) {
      // Only FIN ends a body that close delimits; anything else cuts it.
      if (clean && this.#response.framing.kind === "until-close") return this.#complete();
      this.#over = true;
      return this.#owner.transferCut("upstream_cut_short");
    }
    const isStale = connection?.reused === true && this.#partial === undefined && this.#interim === 0;
    if (isStale && this.#isRepeatable()) {
      // The upstream closed an idle connection while the request was on its way: once more, on a new one (RFC 9112 §9.3.1).
      return this.#sendAgain();
    }
    // A container that is stopped has no address: its name is as unknown as its port is closed elsewhere.
    const isAway = code === "upstream_refused" || code === "upstream_unreachable";
    if (isAway && this.#request.websocket && this.#hold(code)) return;
    this.#over = true;
    this.#owner.transferFailed(code);
  }

  /** Once more on a new connection: nothing that could not be repeated has reached the upstream. */
  #sendAgain(): void {
    this.#connection = this.#upstream.connect(this);
    this.#connection.write(this.#head.serialise(this.#request.framing, this.#request.fields.first("content-length") !== undefined));
  }

  /** A WebSocket's client that is refused waits for long before it tries again: the Gateway may be back in a moment. */
  #hold(code: ErrorCode): boolean {
    const now = performance.now();
    this.#heldSince ??= now;
    const left = this.#options.hold - (now - this.#heldSince);
    if (left <= 0) return false;
    this.#giveUp = this.#upstream.waitingRoom.wait(left, (reachable) => {
      if (reachable) return this.#sendAgain();
      this.#over = true;
      this.#owner.transferFailed(code);
    });
    return true;
  }

  #isRepeatable(): boolean {
    const { method, framing } = this.#request;
    return framing.kind === "none" && (method === "GET" || method === "HEAD" || method === "OPTIONS");
  }

  #readHead(bytes: Buffer, start: number, end: number): boolean {
    const headEnd = findHeadEnd(bytes, start, end);
    if (headEnd === BARE_LF || (headEnd === INCOMPLETE ? end : headEnd) - start > this.#options.headSize) return this.#broken();
    if (headEnd === INCOMPLETE) {
      this.#partial = Buffer.from(bytes.subarray(start, end));
      return true;
    }
    const head = parseResponseHead(bytes.toString("latin1", start, headEnd), this.#request.method, this.#options.headFields);
    if (head === undefined) return this.#broken();
    if (head.status === 101) return this.#switch(head, bytes, headEnd, end);
    if (head.status < 200) {
      if (++this.#interim > INTERIM_LIMIT) return this.#broken();
      // An HTTP/1.0 client knows no interim answers (RFC 9110 §15.2).
      if (this.#request.minor === 1) this.#owner.socket.write(interimHead(head, this.#owner.isGateway), "latin1");
      return headEnd === end || this.#readHead(bytes, headEnd, end);
    }
    return this.#answer(head, bytes, headEnd, end);
  }

  #answer(head: ResponseHead, bytes: Buffer, bodyStart: number, end: number): boolean {
    if (this.#owner.transferReplaced(head, bytes.subarray(bodyStart, end))) {
      this.abort();
      return true;
    }
    this.#response = head;
    this.#reader = new BodyReader(head.framing);
    const endless = head.framing.kind === "chunked" || head.framing.kind === "until-close";
    this.#chunked = endless && this.#request.minor === 1;
    const text = downstreamHead(head, {
      framing: framingField(head, this.#chunked),
      // A client whose WebSocket was refused may already have sent frames: they must not be read as its next request.
      close: this.#owner.lastAnswer || this.#request.websocket || (endless && !this.#chunked),
      hsts: this.#options.hsts(this.#request.host),
      isGateway: this.#owner.isGateway,
      setCookies: this.#setCookies,
      date: this.#owner.date,
    });
    this.#owner.transferAnswered(head.status);
    return this.#forwardBody(bytes, bodyStart, end, text);
  }

  /** Writes what a read brought of the body, behind the head where it comes first: one write a read. */
  #forwardBody(bytes: Buffer, start: number, end: number, head: string): boolean {
    const { writer } = this.#owner;
    const reader = this.#reader as BodyReader;
    let consumed: number;
    let keepsUp: boolean;
    if (head === "" && !this.#chunked) {
      keepsUp = true;
      consumed = reader.read(bytes, start, end, (data, from, to) => {
        this.sent += to - from;
        keepsUp = writer.write(data as Buffer, from, to);
      });
    } else {
      writer.begin().text(head);
      consumed = this.#frame(reader, bytes, start, end);
      keepsUp = writer.flush();
    }
    if (consumed < 0) {
      this.#over = true;
      this.#connection?.destroy();
      this.#owner.transferCut("bad_upstream_response");
      return true;
    }
    if (!reader.complete) return keepsUp;
    // Octets behind the answer would be read as the next one's: then this connection is not used again.
    this.#complete(consumed === end);
    // Whoever may have taken the connection by now waits for nobody.
    return true;
  }

  #frame(reader: BodyReader, bytes: Buffer, start: number, end: number): number {
    const { writer } = this.#owner;
    const consumed = reader.read(bytes, start, end, (data, from, to) => {
      this.sent += to - from;
      if (this.#chunked)
        writer
          .text(chunkStart(to - from))
          .bytes(data as Buffer, from, to)
          .text(CHUNK_END);
      else writer.bytes(data as Buffer, from, to);
    });
    if (this.#chunked && reader.complete) writer.text(LAST_CHUNK);
    return consumed;
  }

  #complete(reusable = false): void {
    this.#over = true;
    const connection = this.#connection as UpstreamConnection;
    const response = this.#response as ResponseHead;
    if (this.#chunked && response.framing.kind === "until-close") this.#owner.socket.write(LAST_CHUNK, "latin1");
    if (reusable && response.persistent && this.#body.complete && !this.#request.websocket)
      this.#upstream.release(connection, response.keepAlive);
    else connection.destroy();
    this.#owner.transferComplete(this.#body.complete);
  }

  #switch(head: ResponseHead, bytes: Buffer, start: number, end: number): boolean {
    if (!acceptsWebSocket(head, this.#request)) return this.#broken("bad_upstream_handshake");
    this.#over = true;
    this.#owner.socket.write(switchingHead(head, this.#owner.isGateway), "latin1");
    this.#owner.transferAnswered(101);
    this.#owner.transferSwitched(this.#connection as UpstreamConnection, Buffer.from(bytes.subarray(start, end)));
    return true;
  }

  #broken(code: ErrorCode = "bad_upstream_response"): true {
    this.#over = true;
    this.#connection?.destroy();
    this.#owner.transferFailed(code);
    return true;
  }
}
