import type { ErrorCode } from "../errors.ts";
import type { RequestHead } from "../exchange.ts";
import { downstreamHead, framingField, interimHead, switchingHead } from "../headers/downstream-head.ts";
import type { UpstreamHead } from "../headers/upstream-head.ts";
import type { ResponseHead } from "../http1/response-head.ts";
import { acceptsWebSocket } from "./accepts-websocket.ts";
import { RequestBody } from "./request-body.ts";
import { ResponseBody } from "./response-body.ts";
import { takeResponseHead, type ResponseHeadLimits } from "./take-response-head.ts";
import type { TransferOwner } from "./transfer-owner.ts";
import type { Upstream, UpstreamConnection, UpstreamUser } from "./upstream.ts";

/** An upstream that sends more interim answers than this to one request is broken. */
const INTERIM_LIMIT = 16;

export interface TransferOptions extends ResponseHeadLimits {
  /** Milliseconds for which a WebSocket handshake waits for an upstream that refuses connections. */
  readonly hold: number;
  /** The whole Strict-Transport-Security line for a host, or empty. */
  readonly hsts: (host: string) => string;
}

/** One request on its way to the upstream, and its answer on the way back. */
export class Transfer implements UpstreamUser {
  readonly #request: RequestHead;
  readonly #head: UpstreamHead;
  readonly #setCookies: readonly string[];
  readonly #upstream: Upstream;
  readonly #options: TransferOptions;
  readonly #owner: TransferOwner;
  readonly #requestBody: RequestBody;
  #connection: UpstreamConnection | undefined;
  /** The beginning of a head that did not come in one read. */
  #partial: Buffer | undefined;
  #interim = 0;
  #response: ResponseHead | undefined;
  #responseBody: ResponseBody | undefined;
  #over = false;
  /** Stops waiting for an upstream that refused, and when the wait began. */
  #giveUp: (() => void) | undefined;
  #heldSince: number | undefined;

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
    this.#requestBody = new RequestBody(request.framing);
  }

  /** Octets of the request's body so far. */
  get received(): number {
    return this.#requestBody.received;
  }

  /** Octets of the answer's body so far. */
  get sent(): number {
    return this.#responseBody?.sent ?? 0;
  }

  get bodyRead(): boolean {
    return this.#requestBody.complete;
  }

  /** The upstream was told to expect a body that the client sends only after 100 (Continue). */
  get awaitsContinue(): boolean {
    return this.#request.expectsContinue && this.#interim === 0 && this.#requestBody.received === 0;
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
    const consumed = this.#requestBody.take(held);
    if (consumed < 0) return consumed;
    connection.write(Buffer.concat([Buffer.from(head, "latin1"), ...this.#requestBody.pieces()]));
    return consumed;
  }

  /**
   * Octets of the request's body. They must not change afterwards.
   * @returns the offset behind the body when it ends here, `bytes.length` when it goes on, or -1 when it is malformed
   */
  clientBytes(bytes: Buffer): number {
    const consumed = this.#requestBody.take(bytes);
    let keepsUp = true;
    for (const piece of this.#requestBody.pieces()) keepsUp = this.#connection?.write(piece) ?? true;
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
    if (this.#responseBody !== undefined) return this.#forwardBody(this.#responseBody, "", bytes, start, end);
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
    const head = takeResponseHead(bytes, start, end, this.#request.method, this.#options);
    if (head === "malformed") return this.#broken();
    if (head === undefined) {
      this.#partial = Buffer.from(bytes.subarray(start, end));
      return true;
    }
    const headEnd = start + head.size;
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
    const body = new ResponseBody(head.framing, this.#request.minor, this.#owner.writer);
    this.#response = head;
    this.#responseBody = body;
    const text = downstreamHead(head, {
      framing: framingField(head, body.isChunked),
      // A client whose WebSocket was refused may already have sent frames: they must not be read as its next request.
      close: this.#owner.lastAnswer || this.#request.websocket || body.endsWithConnection,
      hsts: this.#options.hsts(this.#request.host),
      isGateway: this.#owner.isGateway,
      setCookies: this.#setCookies,
      date: this.#owner.date,
    });
    this.#owner.transferAnswered(head.status);
    return this.#forwardBody(body, text, bytes, bodyStart, end);
  }

  #forwardBody(body: ResponseBody, head: string, bytes: Buffer, start: number, end: number): boolean {
    const consumed = body.forward(head, bytes, start, end);
    if (consumed < 0) {
      this.#over = true;
      this.#connection?.destroy();
      this.#owner.transferCut("bad_upstream_response");
      return true;
    }
    if (!body.complete) return body.keepsUp;
    // Octets behind the answer would be read as the next one's: then this connection is not used again.
    this.#complete(consumed === end);
    // Whoever may have taken the connection by now waits for nobody.
    return true;
  }

  #complete(reusable = false): void {
    this.#over = true;
    const connection = this.#connection as UpstreamConnection;
    const response = this.#response as ResponseHead;
    this.#responseBody?.end();
    if (reusable && response.persistent && this.#requestBody.complete && !this.#request.websocket)
      this.#upstream.release(connection, response.keepAlive);
    else connection.destroy();
    this.#owner.transferComplete(this.#requestBody.complete);
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
