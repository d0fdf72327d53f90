import type { Duplex } from "node:stream";

import { EdgeError, type ErrorCode } from "../errors.ts";
import type { Client, ConnectionMemo, Reply, RequestHead, Verdict } from "../exchange.ts";
import type { ResponseHead } from "../http1/response-head.ts";
import { errorReply, loopbackReply } from "../pages/replies.ts";
import type { ClientWriter } from "../proxy/client-writer.ts";
import type { TransferOwner } from "../proxy/transfer-owner.ts";
import { Transfer } from "../proxy/transfer.ts";
import { Tunnel } from "../proxy/tunnel.ts";
import type { UpstreamConnection } from "../proxy/upstream.ts";
import type { ExchangeOwner } from "./exchange-owner.ts";
import { ExchangeState } from "./exchange-state.ts";
import { httpDate } from "./http-date.ts";
import { isLoopbackRefusal } from "./loopback-refusal.ts";
import { OwnBody, type ReadVerdict } from "./own-body.ts";
import type { Situation } from "./patience.ts";
import { serialiseReply } from "./reply-bytes.ts";

type Phase = "deciding" | "reading" | "forwarding" | "switched" | "over";

/**
 * What is done with an exchange: decided, acted on in this one place, and written in the log once it is over, whatever became of it.
 *
 *     deciding ─┬─ reply ───────────────────────────────────────┬─▶ over
 *       ▲       ├─ read ────▶ reading ── too late, too long ────┤
 *       │       │               └── read whole ─┐               │
 *       └───────┼───────────────────────────────┘               │
 *               └─ forward ─▶ forwarding ── answered, failed ───┤
 *                               └── 101 ──▶ switched ── ended ──┘
 */
export class ServedExchange extends ExchangeState implements TransferOwner {
  readonly #connection: ExchangeOwner;
  #phase: Phase = "deciding";
  #transfer: Transfer | undefined;
  /** The body of a request that the edge itself answers. */
  #ownBody: OwnBody | undefined;
  #tunnel: Tunnel | undefined;

  constructor(client: Client, head: RequestHead, memo: ConnectionMemo, connection: ExchangeOwner) {
    super(client, head, memo);
    this.#connection = connection;
  }

  get socket(): Duplex {
    return this.#connection.socket;
  }

  get writer(): ClientWriter {
    return this.#connection.writer;
  }

  get lastAnswer(): boolean {
    return this.#connection.context.draining() || !this.head.persistent;
  }

  get isGateway(): boolean {
    return this.route?.isGateway !== false;
  }

  get date(): string {
    return httpDate();
  }

  /** Whether the edge waits for a body of its own. */
  get isReading(): boolean {
    return this.#phase === "reading";
  }

  /** @param isAhead whether the client has sent more than it may send ahead of its turn */
  situation(isAhead: boolean): Situation {
    const transfer = this.#transfer;
    return { isAhead, sent: transfer?.sent ?? 0, body: transfer?.bodyRead === false ? transfer : undefined, isStranger: false };
  }

  /** Decides what becomes of it, and acts: by the head at first, and by the body where the edge has read that. */
  decide(): void {
    this.#phase = "deciding";
    let verdict: Verdict | Promise<Verdict>;
    try {
      verdict = this.#ownBody === undefined ? this.#connection.context.decide(this) : this.#ownBody.verdict();
    } catch (error) {
      return this.#failInside(error);
    }
    if (!(verdict instanceof Promise)) return this.#act(verdict);
    verdict.then(
      (late) => this.#phase === "over" || this.#act(late),
      (error: unknown) => this.#phase === "over" || this.#failInside(error),
    );
  }

  /** Octets that came while it is open. They must not change afterwards. */
  receive(octets: Buffer): void {
    switch (this.#phase) {
      case "deciding":
        return this.#connection.held.hold(octets);
      case "reading":
        return this.#receiveOwnBody(this.#ownBody as OwnBody, octets);
      case "forwarding":
        return this.#receiveBody(this.#transfer as Transfer, octets);
      case "switched":
      case "over":
        return;
      default:
        this.#phase satisfies never;
    }
  }

  clientDrain(): void {
    this.#transfer?.clientDrain();
  }

  /** Answers with an error where that is still possible, and cuts the connection where it is not. */
  fail(code: ErrorCode): void {
    this.#transfer?.abort();
    if (this.status !== 0) this.cut(code);
    else this.#reply(errorReply(code, this));
  }

  /** Cuts the connection: whatever was begun must not look complete. */
  cut(code: ErrorCode): void {
    this.code ??= code;
    this.socket.destroy();
  }

  /** The client has left, or was made to. */
  leave(): void {
    this.abort();
    this.#transfer?.abort();
    this.#log("client_left");
  }

  #failInside(error: unknown): void {
    const { log } = this.#connection.context;
    if (!(error instanceof EdgeError)) log.error("an exchange failed inside the edge", { id: this.id, error });
    this.#reply(errorReply(error instanceof EdgeError ? error.code : "internal", this));
  }

  #act(verdict: Verdict): void {
    this.user = verdict.user;
    switch (verdict.kind) {
      case "reply":
        return this.#reply(verdict.reply);
      case "read":
        return this.#readOwnBody(verdict);
      case "forward":
        return this.#forward(verdict);
      default:
        verdict satisfies never;
    }
  }

  #readOwnBody(verdict: ReadVerdict): void {
    const connection = this.#connection;
    const { socket } = connection;
    const body = new OwnBody(this.head.framing, verdict);
    this.#ownBody = body;
    if (body.tooLarge) return this.fail("body_too_large");
    if (body.complete) return this.decide();
    this.#phase = "reading";
    connection.patience.expect(connection.context.timeouts.head);
    if (this.head.expectsContinue && connection.held.octets === undefined) socket.write("HTTP/1.1 100 Continue\r\n\r\n");
    const held = connection.held.take();
    if (held !== undefined) this.#receiveOwnBody(body, held);
    if (this.isReading && socket.isPaused()) socket.resume();
  }

  #receiveOwnBody(body: OwnBody, octets: Buffer): void {
    const consumed = body.take(octets);
    this.received = body.received;
    if (consumed < 0) return this.fail("bad_chunk");
    if (body.tooLarge) return this.fail("body_too_large");
    if (consumed < octets.length) this.#connection.held.hold(octets.subarray(consumed));
    if (!body.complete) return;
    this.#connection.patience.expectNothing();
    this.decide();
  }

  #forward({ head, route, exemption, setCookies }: Extract<Verdict, { readonly kind: "forward" }>): void {
    const connection = this.#connection;
    const { upstreams, transfer: options } = connection.context;
    if (upstreams === undefined) throw new TypeError("this listener never proxies");
    this.route = route;
    this.exemption = exemption;
    this.#phase = "forwarding";
    const transfer = new Transfer(this.head, head, setCookies, upstreams.of(route.target), options, this);
    this.#transfer = transfer;
    const held = this.head.websocket ? undefined : connection.held.octets;
    const consumed = transfer.start(held);
    if (consumed < 0) return this.fail("bad_chunk");
    if (held !== undefined) connection.held.octets = consumed === held.length ? undefined : held.subarray(consumed);
    if (!connection.held.isAhead && connection.socket.isPaused()) connection.socket.resume();
  }

  #receiveBody(transfer: Transfer, octets: Buffer): void {
    if (transfer.bodyRead) return this.#connection.held.hold(octets);
    const consumed = transfer.clientBytes(octets);
    if (consumed < 0) this.fail("bad_chunk");
    else if (consumed < octets.length) this.#connection.held.hold(octets.subarray(consumed));
  }

  transferAnswered(status: number): void {
    this.answered(status);
  }

  transferReplaced(head: ResponseHead, body: Buffer): boolean {
    if (this.route?.isGateway !== true || !isLoopbackRefusal(this.client, this.head, head, body)) return false;
    this.#reply(loopbackReply(this));
    return true;
  }

  transferComplete(bodyRead: boolean): void {
    this.#finish(undefined, bodyRead && !this.lastAnswer && !this.head.websocket);
  }

  transferFailed(code: ErrorCode): void {
    this.#reply(this.route?.isGateway === false ? { ...errorReply("route_down", this), code } : errorReply(code, this));
  }

  transferCut(code: ErrorCode): void {
    this.cut(code);
  }

  transferSwitched(connection: UpstreamConnection, octets: Buffer): void {
    this.#phase = "switched";
    this.#transfer = undefined;
    this.forgetFields();
    this.#tunnel = new Tunnel(this.socket, this.writer, connection, (code) => this.#finish(code, false));
    this.#connection.exchangeSwitched(this.#tunnel, octets);
  }

  #reply(reply: Reply): void {
    const keep = reply.close !== true && this.#isBodyRead && !this.lastAnswer && !this.head.websocket;
    const bytes = serialiseReply(reply, this.head, this.#connection.context.transfer.hsts(this.head.host), !keep);
    this.socket.write(bytes);
    this.answered(reply.status);
    this.sent = this.head.method === "HEAD" ? 0 : Buffer.byteLength(reply.body);
    this.#finish(reply.code, keep);
  }

  /** Whether nothing of the request is left to be read. */
  get #isBodyRead(): boolean {
    if (this.#transfer !== undefined) return this.#transfer.bodyRead;
    if (this.#ownBody !== undefined) return this.#ownBody.complete;
    return this.head.framing.kind === "none";
  }

  #finish(code: ErrorCode | undefined, keep: boolean): void {
    this.#log(code);
    this.#connection.exchangeOver(keep);
  }

  #log(code: ErrorCode | undefined): void {
    this.#phase = "over";
    this.code ??= code;
    if (this.#transfer !== undefined) {
      this.received = this.#transfer.received;
      this.sent = this.#transfer.sent || this.sent;
    }
    if (this.#tunnel !== undefined) {
      this.received = this.#tunnel.received;
      this.sent = this.#tunnel.sent;
    }
    this.#connection.context.log.exchange(this.record(this.#connection.tls));
  }
}
