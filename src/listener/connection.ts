import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";

import type { Exemption } from "../auth/exemption.ts";
import type { User } from "../auth/user.ts";
import { EdgeError, type ErrorCode } from "../errors.ts";
import type { Client, ConnectionMemo, Reply, Verdict } from "../exchange.ts";
import type { ResponseHead } from "../http1/response-head.ts";
import { errorReply, loopbackReply } from "../pages/replies.ts";
import { ClientWriter } from "../proxy/client-writer.ts";
import { Transfer, type TransferOwner } from "../proxy/transfer.ts";
import { Tunnel } from "../proxy/tunnel.ts";
import type { UpstreamConnection } from "../proxy/upstream.ts";
import { isLoopback } from "./client-address.ts";
import type { ConnectionContext } from "./connection-context.ts";
import { ExchangeState, unreadRecord } from "./exchange-state.ts";
import { clientBehind } from "./forwarded-for.ts";
import { httpDate } from "./http-date.ts";
import { OwnBody, type ReadVerdict } from "./own-body.ts";
import { Patience } from "./patience.ts";
import type { ConnectionKind, ConnectionSnapshot } from "./snapshot.ts";
import { serialiseReply } from "./reply-bytes.ts";
import { takeHead } from "./take-head.ts";

/** Milliseconds, and octets, for which a client is still listened to after its last answer: a reset could make it lose that answer. */
const LINGER_TIME = 2_000;
const LINGER_OCTETS = 1_048_576;

/** Milliseconds for the first request of a connection that was made just before the edge stops. */
export const FRESH = 1_000;

/** Connections so far: their numbers tell them apart. */
let count = 0;

type State = "head" | "deciding" | "reading" | "forwarding" | "tunnel" | "lingering" | "closed";

/**
 * A client's connection: heads in, verdict, bytes out; one exchange after the other.
 * Everything that happens to an exchange ends in `#finish`, which writes its line in the log.
 */
export class Connection implements TransferOwner {
  readonly socket: Duplex;
  readonly writer: ClientWriter;
  readonly peer: Client;
  readonly number = ++count;
  readonly #since = Date.now();
  readonly #context: ConnectionContext;
  readonly #tls: string | undefined;
  readonly #memo: ConnectionMemo = { authorization: undefined, user: undefined, generation: -1, session: undefined, pass: undefined };
  readonly #patience: Patience;
  #state: State = "head";
  /** Bytes that came before their turn. */
  #held: Buffer | undefined;
  #exchange: ExchangeState | undefined;
  /** Whose the last exchange was. */
  #lastUser: User | undefined;
  #transfer: Transfer | undefined;
  /** The body of a request that the edge itself answers. */
  #ownBody: OwnBody | undefined;
  #tunnel: Tunnel | undefined;
  /** No request has come yet. */
  #isFresh = true;
  #advancing = false;
  #lingered = 0;

  constructor(socket: Duplex, peer: Client, context: ConnectionContext) {
    this.socket = socket;
    this.writer = new ClientWriter(socket);
    this.peer = peer;
    this.#context = context;
    this.#tls = "encrypted" in socket ? ((socket as TLSSocket).getProtocol() ?? undefined) : undefined;
    this.#patience = new Patience(context.timeouts, context.limits.minimumBodyRate);
    this.#patience.expect(context.draining() ? FRESH : context.timeouts.head);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("drain", () => this.#drained());
    socket.on("end", () => this.#clientEnded());
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#clientClosed());
    context.connections.add(this);
    context.sweeper.add(this);
  }

  /** Whose exchange or tunnel is open. */
  get user(): User | undefined {
    return this.#exchange?.user;
  }

  /** What lets the open exchange or tunnel go without a sign-in. */
  get exemption(): Exemption | undefined {
    return this.#exchange?.exemption;
  }

  /** Whose exchange is open, or was the last one. */
  get lastUser(): User | undefined {
    return this.#exchange === undefined ? this.#lastUser : this.#exchange.user;
  }

  get kind(): ConnectionKind {
    if (this.#state === "lingering" || this.#state === "closed") return "ending";
    return this.#state === "tunnel" ? "websocket" : this.#exchange === undefined ? "idle" : "request";
  }

  /** What is to be seen of it from outside at this moment. */
  snapshot(): ConnectionSnapshot {
    const { bytesRead = 0, bytesWritten = 0 } = this.socket as Duplex & { readonly bytesRead?: number; readonly bytesWritten?: number };
    const { method, target } = this.#exchange?.head ?? {};
    const { number, kind, lastUser: user, exemption, peer } = this;
    const octets = { received: bytesRead, sent: bytesWritten };
    return { number, since: this.#since, client: peer.address, user, exemption, kind, method, target, ...octets };
  }

  get isTunnel(): boolean {
    return this.#state === "tunnel";
  }

  /** Whether the client has sent data over its WebSocket since this was asked last. */
  takeSpoken(): boolean {
    if (this.#tunnel?.hasSpoken !== true) return false;
    this.#tunnel.hasSpoken = false;
    return true;
  }

  get lastAnswer(): boolean {
    return this.#context.draining() || this.#exchange?.head.persistent !== true;
  }

  get date(): string {
    return httpDate();
  }

  /** The edge is stopping: an idle connection ends now, a tunnel gets 1012, an exchange may finish. */
  drain(grace: number): void {
    if (this.#state === "head" && this.#held === undefined) {
      // Whoever has just come is about to ask: his first request is on its way, and gets its answer.
      if (this.#isFresh) this.#patience.expect(FRESH);
      else this.#end();
    } else this.closeTunnel(1012, "service restart", grace);
  }

  /** Ends an open WebSocket with a close frame; does nothing to anything else. */
  closeTunnel(code: number, reason: string, grace: number): void {
    this.#tunnel?.close(code, reason, grace);
  }

  /** Cuts whatever is open. */
  destroy(code: ErrorCode): void {
    if (this.#exchange !== undefined) this.#exchange.code ??= code;
    this.socket.destroy();
  }

  sweep(now: number): void {
    this.#tunnel?.sweep(now);
    const transfer = this.#transfer;
    const isOpen = this.#state === "deciding" || this.#state === "reading" || this.#state === "forwarding";
    const body = this.#state === "forwarding" && transfer?.bodyRead === false ? transfer : undefined;
    const late = this.#patience.lateWith(now, this.socket, { isAhead: isOpen && this.#isAhead, sent: transfer?.sent ?? 0, body });
    switch (late) {
      case "reading":
        return this.destroy("read_timeout");
      case "turn":
        return this.destroy("too_far_ahead");
      case "body":
        return void this.#fail("body_timeout");
      case "deadline":
        return this.#expire();
      case undefined:
        return;
      default:
        late satisfies never;
    }
  }

  #expire(): void {
    const { timeouts } = this.#context;
    const isLingering = this.#state === "lingering";
    // What waits here is not late: the client has yet to read the answers before it. Whether it reads at all, the stall tells.
    if (isLingering ? this.socket.writableLength > 0 : this.socket.writableNeedDrain) {
      return this.#patience.expect(isLingering ? LINGER_TIME : this.#held === undefined ? timeouts.idle : timeouts.head);
    }
    this.#patience.expectNothing();
    // Somebody who sent nothing, or nothing since the last answer, is told nothing (RFC 9112 §9.5).
    if (this.#state === "head" && this.#held !== undefined) this.#fail("head_timeout");
    else if (this.#state === "reading") this.#fail("body_timeout");
    else this.socket.destroy();
  }

  #receive(chunk: Buffer): void {
    switch (this.#state) {
      case "head":
        if (this.#held === undefined) this.#patience.expect(this.#context.timeouts.head);
        // What comes while answers wait to be read is ahead of its turn, too.
        if (this.socket.writableNeedDrain) return this.#hold(chunk);
        this.#held = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk]);
        return this.#advance();
      case "deciding":
        return this.#hold(chunk);
      case "reading":
        return this.#receiveOwnBody(this.#exchange as ExchangeState, this.#ownBody as OwnBody, chunk);
      case "forwarding":
        return this.#transfer === undefined || this.#transfer.bodyRead ? this.#hold(chunk) : this.#receiveBody(chunk);
      case "tunnel":
        return this.#tunnel?.clientBytes(chunk);
      case "lingering":
        this.#lingered += chunk.length;
        if (this.#lingered > LINGER_OCTETS) this.socket.destroy();
        return;
      case "closed":
        return;
      default:
        this.#state satisfies never;
    }
  }

  /** Keeps bytes for later, and stops reading when they are many. */
  #hold(chunk: Buffer): void {
    this.#held = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk]);
    if (this.#isAhead) this.socket.pause();
  }

  /** Whether more waits for its turn than a client may send ahead. */
  get #isAhead(): boolean {
    return this.#held !== undefined && this.#held.length > this.#context.limits.pipelined;
  }

  /** Takes heads from what is held, one after the other, as long as each is answered at once. */
  #advance(): void {
    if (this.#advancing) return;
    this.#advancing = true;
    // Somebody who asks on and on without reading the answers gets no further ones until he has read.
    while (this.#state === "head" && this.#held !== undefined && !this.socket.writableNeedDrain && this.#readHead());
    this.#advancing = false;
    // Held octets that wait for nothing but their rest are an incomplete head, however many they are.
    const isIncomplete = this.#state === "head" && !this.socket.writableNeedDrain;
    if (this.socket.isPaused() && (isIncomplete || !this.#isAhead)) this.socket.resume();
  }

  #readHead(): boolean {
    const taken = takeHead(this.#held as Buffer, this.#context.grammar, this.#context.limits.headSize);
    if (taken === undefined) return false;
    if (typeof taken === "string") return this.#fail(taken);
    this.#held = taken.rest;
    this.#isFresh = false;
    this.#patience.expectNothing();
    const { isTrustedHop } = this.#context;
    const client = isTrustedHop === undefined ? this.peer : clientBehind(this.peer, taken.head, isTrustedHop);
    this.#exchange = new ExchangeState(client, taken.head, this.#memo);
    this.#decide(this.#exchange);
    return true;
  }

  /** By the head at first, and by the body where the edge has read that. */
  #decide(exchange: ExchangeState, body?: OwnBody): void {
    this.#state = "deciding";
    let verdict: Verdict | Promise<Verdict>;
    try {
      verdict = body === undefined ? this.#context.decide(exchange) : body.verdict();
    } catch (error) {
      return this.#internalError(exchange, error);
    }
    if (!(verdict instanceof Promise)) return this.#act(exchange, verdict);
    verdict.then(
      (late) => this.#exchange === exchange && this.#act(exchange, late),
      (error: unknown) => this.#exchange === exchange && this.#internalError(exchange, error),
    );
  }

  #internalError(exchange: ExchangeState, error: unknown): void {
    if (!(error instanceof EdgeError)) this.#context.log.error("an exchange failed inside the edge", { id: exchange.id, error });
    this.#reply(errorReply(error instanceof EdgeError ? error.code : "internal", exchange));
  }

  #act(exchange: ExchangeState, verdict: Verdict): void {
    if (verdict.kind === "reply") {
      exchange.user = verdict.user;
      return this.#reply(verdict.reply);
    }
    if (verdict.kind === "read") {
      exchange.user = verdict.user;
      return this.#readOwnBody(exchange, verdict);
    }
    const { upstreams, transfer } = this.#context;
    if (upstreams === undefined) throw new TypeError("this listener never proxies");
    const { head, route, setCookies } = verdict;
    exchange.route = route;
    exchange.user = verdict.user;
    exchange.exemption = verdict.exemption;
    this.#state = "forwarding";
    this.#transfer = new Transfer(exchange.head, head, setCookies, upstreams.of(route.target), transfer, this);
    const held = exchange.head.websocket ? undefined : this.#held;
    const consumed = this.#transfer.start(held);
    if (consumed < 0) return void this.#fail("bad_chunk");
    if (held !== undefined) this.#held = consumed === held.length ? undefined : held.subarray(consumed);
    if (this.#held === undefined && this.socket.isPaused()) this.socket.resume();
  }

  #readOwnBody(exchange: ExchangeState, verdict: ReadVerdict): void {
    const body = new OwnBody(exchange.head.framing, verdict);
    this.#ownBody = body;
    if (body.tooLarge) return void this.#fail("body_too_large");
    if (body.complete) return this.#decide(exchange, body);
    this.#state = "reading";
    this.#patience.expect(this.#context.timeouts.head);
    if (exchange.head.expectsContinue && this.#held === undefined) this.socket.write("HTTP/1.1 100 Continue\r\n\r\n");
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#receiveOwnBody(exchange, body, held);
    if (this.#state === "reading" && this.socket.isPaused()) this.socket.resume();
  }

  #receiveOwnBody(exchange: ExchangeState, body: OwnBody, chunk: Buffer): void {
    const consumed = body.take(chunk);
    exchange.received = body.received;
    if (consumed < 0) return void this.#fail("bad_chunk");
    if (body.tooLarge) return void this.#fail("body_too_large");
    if (consumed < chunk.length) this.#hold(chunk.subarray(consumed));
    if (!body.complete) return;
    this.#patience.expectNothing();
    this.#decide(exchange, body);
  }

  #receiveBody(chunk: Buffer): void {
    const consumed = this.#transfer?.clientBytes(chunk) ?? chunk.length;
    if (consumed < 0) this.#fail("bad_chunk");
    else if (consumed < chunk.length) this.#hold(chunk.subarray(consumed));
  }

  transferAnswered(status: number): void {
    this.#exchange?.answered(status);
  }

  transferReplaced(head: ResponseHead, body: Buffer): boolean {
    const exchange = this.#exchange;
    if (head.status !== 403 || exchange?.route?.isGateway !== true || !isLoopback(exchange.client.address)) return false;
    if (!/text\/html/i.test(exchange.head.fields.first("accept") ?? "") || !body.includes("proxy_attribution_required")) return false;
    this.#reply(loopbackReply(exchange));
    return true;
  }

  transferComplete(bodyRead: boolean): void {
    this.#finish(undefined, bodyRead && !this.lastAnswer && this.#exchange?.head.websocket !== true);
  }

  transferFailed(code: ErrorCode): void {
    const isGateway = this.#exchange?.route?.isGateway !== false;
    this.#reply(isGateway ? errorReply(code, this.#exchange) : { ...errorReply("route_down", this.#exchange), code });
  }

  transferCut(code: ErrorCode): void {
    this.destroy(code);
  }

  transferSwitched(connection: UpstreamConnection, bytes: Buffer): void {
    this.#state = "tunnel";
    this.#transfer = undefined;
    this.#exchange?.forgetFields();
    this.#tunnel = new Tunnel(this.socket, this.writer, connection, (code) => this.#finish(code, false));
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#receive(held);
    if (bytes.length > 0) this.#tunnel.upstreamBytes(bytes, 0, bytes.length);
    if (this.socket.isPaused()) this.socket.resume();
    if (this.#context.draining()) this.drain(this.#context.timeouts.drain);
  }

  /** Answers with an error where that is still possible, and cuts the connection where it is not. */
  #fail(code: ErrorCode): false {
    this.#transfer?.abort();
    if (this.#exchange !== undefined && this.#exchange.status !== 0) this.destroy(code);
    else this.#reply(errorReply(code, this.#exchange));
    return false;
  }

  #reply(reply: Reply): void {
    const exchange = this.#exchange;
    const bodyRead = this.#takeWholeBody();
    const keep = exchange !== undefined && reply.close !== true && bodyRead && !this.lastAnswer && !exchange.head.websocket;
    const bytes = serialiseReply(reply, exchange?.head, this.#context.transfer.hsts(exchange?.head.host ?? ""), !keep);
    this.socket.write(bytes);
    if (exchange !== undefined) {
      exchange.answered(reply.status);
      exchange.sent = exchange.head.method === "HEAD" ? 0 : Buffer.byteLength(reply.body);
    } else {
      this.#context.log.exchange(unreadRecord(this.peer, reply, this.#tls));
    }
    this.#finish(reply.code, keep);
  }

  /** Whether nothing of the request is left to be read. */
  #takeWholeBody(): boolean {
    if (this.#transfer !== undefined) return this.#transfer.bodyRead;
    if (this.#ownBody !== undefined) return this.#ownBody.complete;
    return this.#exchange === undefined || this.#exchange.head.framing.kind === "none";
  }

  /** The end of an exchange: its line in the log, and what becomes of the connection. */
  #finish(code: ErrorCode | undefined, keep: boolean): void {
    this.#log(code);
    this.#transfer = undefined;
    this.#ownBody = undefined;
    this.#patience.forgetBody();
    if (!keep) return this.#end();
    this.#state = "head";
    this.#patience.expect(this.#held === undefined ? this.#context.timeouts.idle : this.#context.timeouts.head);
    if (this.#held !== undefined) this.#advance();
    else if (this.socket.isPaused()) this.socket.resume();
  }

  #log(code: ErrorCode | undefined): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    this.#exchange = undefined;
    this.#lastUser = exchange.user;
    exchange.code ??= code;
    if (this.#transfer !== undefined) {
      exchange.received = this.#transfer.received;
      exchange.sent = this.#transfer.sent || exchange.sent;
    }
    if (this.#tunnel !== undefined) {
      exchange.received = this.#tunnel.received;
      exchange.sent = this.#tunnel.sent;
    }
    this.#context.log.exchange(exchange.record(this.#tls));
  }

  #end(): void {
    if (this.#state === "lingering" || this.#state === "closed") return;
    this.#state = "lingering";
    this.#held = undefined;
    // A tunnel keeps its own time.
    if (this.#tunnel === undefined) this.#patience.expect(LINGER_TIME);
    else this.#patience.expectNothing();
    this.socket.end();
    this.socket.resume();
  }

  #drained(): void {
    this.#transfer?.clientDrain();
    this.#tunnel?.clientDrain();
    if (this.#state !== "head" || this.#held === undefined) return;
    this.#patience.expect(this.#context.timeouts.head);
    this.#advance();
  }

  #clientEnded(): void {
    if (this.#state === "tunnel") this.#tunnel?.clientEnded();
    else if (this.#state === "deciding" || this.#state === "reading" || this.#state === "forwarding") this.socket.destroy();
    else this.socket.end();
  }

  #clientClosed(): void {
    this.#context.connections.delete(this);
    this.#context.sweeper.delete(this);
    this.#exchange?.abort();
    this.#transfer?.abort();
    this.#tunnel?.destroy();
    this.#log("client_left");
    this.#state = "closed";
    this.#held = undefined;
  }
}
