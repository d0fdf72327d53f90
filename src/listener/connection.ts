import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";

import type { User } from "../auth/user.ts";
import type { ErrorCode } from "../errors.ts";
import type { Client, ConnectionMemo } from "../exchange.ts";
import { ClientWriter } from "../proxy/client-writer.ts";
import type { Tunnel } from "../proxy/tunnel.ts";
import type { ConnectionContext } from "./connection-context.ts";
import type { ExchangeOwner } from "./exchange-owner.ts";
import type { ExchangeState } from "./exchange-state.ts";
import { clientBehind } from "./forwarded-for.ts";
import { Held } from "./held.ts";
import { LINGER_TIME, Lingering } from "./lingering.ts";
import { NOTHING_OPEN, Patience, STRANGER, type Situation } from "./patience.ts";
import { readOctets } from "./read-octets.ts";
import { refuseUnread } from "./refuse-unread.ts";
import { ServedExchange } from "./served-exchange.ts";
import type { ConnectionKind } from "./snapshot.ts";
import { takeHead } from "./take-head.ts";

/** Milliseconds for the first request of a connection that was made just before the edge stops. */
export const FRESH = 1_000;

/** Connections so far: their numbers tell them apart. */
let count = 0;

type State = "head" | "exchange" | "tunnel" | "lingering" | "closed";

/**
 * A client's connection: one exchange after the other (RFC 9112 §9.3), each from its head to its end, and what the client sends ahead of
 * its turn waits, bounded.
 *
 *     ┌─ over, and the connection persists ─┐
 *     ▼                                     │
 *     head ── a whole head ──────────▶ exchange ── 101 ──▶ tunnel
 *      └── refused, idle ──┐                │                │
 *                          ▼                ▼                │
 *                      lingering ◀── the last answer, ended ─┘
 *
 * `closed` follows on each of them, as soon as the socket is.
 */
export class Connection implements ExchangeOwner {
  readonly socket: Duplex;
  readonly writer: ClientWriter;
  readonly peer: Client;
  readonly number = ++count;
  readonly since = Date.now();
  readonly context: ConnectionContext;
  readonly tls: string | undefined;
  readonly patience: Patience;
  readonly held: Held;
  readonly #memo: ConnectionMemo = { authorization: undefined, user: undefined, generation: -1, session: undefined, pass: undefined };
  #state: State = "head";
  #exchange: ServedExchange | undefined;
  /** Whose the last exchange was. */
  #lastUser: User | undefined;
  #tunnel: Tunnel | undefined;
  #lingering: Lingering | undefined;
  /** Where no exchange is open: whose the last one was decides how long he may leave his answers unread. */
  #resting: Situation = STRANGER;
  /** No request has come yet. */
  #isFresh = true;
  #advancing = false;

  constructor(socket: Duplex, peer: Client, context: ConnectionContext) {
    this.socket = socket;
    this.writer = new ClientWriter(socket);
    this.peer = peer;
    this.context = context;
    this.tls = "encrypted" in socket ? ((socket as TLSSocket).getProtocol() ?? undefined) : undefined;
    this.held = new Held(socket, context.limits);
    this.patience = new Patience(context.timeouts, context.limits.minimumBodyRate);
    this.patience.expect(context.draining() ? FRESH : context.timeouts.head);
    readOctets(socket, (octets) => this.#receive(octets));
    socket.on("drain", () => this.#drained());
    socket.on("end", () => this.#clientEnded());
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#clientClosed());
    context.connections.add(this);
    context.sweeper.add(this);
  }

  /** The open exchange, that of an open WebSocket included: whose it is, or what lets it go without a sign-in. */
  get exchange(): ExchangeState | undefined {
    return this.#exchange;
  }

  /** Whose exchange is open, or was the last one. */
  get lastUser(): User | undefined {
    return this.#exchange === undefined ? this.#lastUser : this.#exchange.user;
  }

  get kind(): ConnectionKind {
    if (this.#state === "lingering" || this.#state === "closed") return "ending";
    return this.#state === "tunnel" ? "websocket" : this.#exchange === undefined ? "idle" : "request";
  }

  /** Whether the client has sent data over its WebSocket since this was asked last. */
  takeSpoken(): boolean {
    return this.#tunnel?.takeSpoken() === true;
  }

  /** The edge is stopping: an idle connection ends now, a tunnel gets 1012, an exchange may finish. */
  drain(grace: number): void {
    if (this.#state === "head" && this.held.octets === undefined) {
      // Whoever has just come is about to ask: his first request is on its way, and gets its answer.
      if (this.#isFresh) this.patience.expect(FRESH);
      else this.#end();
    } else this.closeTunnel(1012, "service restart", grace);
  }

  /** Ends an open WebSocket with a close frame; does nothing to anything else. */
  closeTunnel(code: number, reason: string, grace: number): void {
    this.#tunnel?.close(code, reason, grace);
  }

  /** Cuts whatever is open. */
  destroy(code: ErrorCode): void {
    if (this.#exchange !== undefined) this.#exchange.cut(code);
    else this.socket.destroy();
  }

  sweep(now: number): void {
    this.#tunnel?.sweep(now);
    const exchange = this.#state === "exchange" ? this.#exchange : undefined;
    const late = this.patience.lateWith(now, this.socket, exchange?.situation(this.held.isAhead) ?? this.#resting);
    switch (late) {
      case "reading":
        return this.destroy("read_timeout");
      case "turn":
        return this.destroy("too_far_ahead");
      case "body":
        return exchange?.fail("body_timeout");
      case "deadline":
        return this.#expire();
      case undefined:
        return;
      default:
        late satisfies never;
    }
  }

  #expire(): void {
    const { timeouts } = this.context;
    const isLingering = this.#state === "lingering";
    // What waits here is not late: the client has yet to read the answers before it. Whether it reads at all, the stall tells.
    if (isLingering ? this.socket.writableLength > 0 : this.socket.writableNeedDrain) {
      return this.patience.expect(isLingering ? LINGER_TIME : this.held.octets === undefined ? timeouts.idle : timeouts.head);
    }
    this.patience.expectNothing();
    // Somebody who sent nothing, or nothing since the last answer, is told nothing (RFC 9112 §9.5).
    if (this.#state === "head" && this.held.octets !== undefined) this.#refuse("head_timeout");
    else if (this.#exchange?.isReading === true) this.#exchange.fail("body_timeout");
    else this.socket.destroy();
  }

  #receive(chunk: Buffer): void {
    switch (this.#state) {
      case "head": {
        const isFirst = this.held.octets === undefined;
        // What comes while answers wait to be read is ahead of its turn, too.
        if (this.socket.writableNeedDrain) this.held.hold(chunk);
        else {
          this.held.append(chunk);
          this.#advance();
        }
        // Most heads come in one piece: nothing is due of them any more.
        if (isFirst && this.#state === "head" && this.held.octets !== undefined) this.patience.expect(this.context.timeouts.head);
        return;
      }
      case "exchange":
        return this.#exchange?.receive(chunk);
      case "tunnel":
        return this.#tunnel?.clientBytes(chunk);
      case "lingering":
        return this.#lingering?.receive(chunk);
      case "closed":
        return;
      default:
        this.#state satisfies never;
    }
  }

  /** Takes heads from what is held, one after the other, as long as each is answered at once. */
  #advance(): void {
    if (this.#advancing) return;
    this.#advancing = true;
    // Somebody who asks on and on without reading the answers gets no further ones until he has read.
    while (this.#state === "head" && this.held.octets !== undefined && !this.socket.writableNeedDrain && this.#readHead());
    this.#advancing = false;
    // Held octets that wait for nothing but their rest are an incomplete head, however many they are.
    const isIncomplete = this.#state === "head" && !this.socket.writableNeedDrain;
    if (this.socket.isPaused() && (isIncomplete || !this.held.isAhead)) this.socket.resume();
  }

  #readHead(): boolean {
    const taken = takeHead(this.held.octets as Buffer, this.context.grammar, this.context.limits.headSize);
    if (taken === undefined) return false;
    if (typeof taken === "string") {
      this.#refuse(taken);
      return false;
    }
    this.held.octets = taken.rest;
    this.#isFresh = false;
    this.patience.expectNothing();
    const { isTrustedHop } = this.context;
    const client = isTrustedHop === undefined ? this.peer : clientBehind(this.peer, taken.head, isTrustedHop);
    this.#state = "exchange";
    this.#exchange = new ServedExchange(client, taken.head, this.#memo, this);
    this.#exchange.decide();
    return true;
  }

  /** Answers somebody whose request can't be read, for the last time. */
  #refuse(code: ErrorCode): void {
    refuseUnread(this.socket, code, this.peer, this.tls, this.context.log);
    this.#end();
  }

  exchangeSwitched(tunnel: Tunnel, octets: Buffer): void {
    this.#state = "tunnel";
    this.#resting = NOTHING_OPEN;
    this.#tunnel = tunnel;
    const held = this.held.take();
    if (held !== undefined) this.#receive(held);
    if (octets.length > 0) tunnel.upstreamBytes(octets, 0, octets.length);
    if (this.socket.isPaused()) this.socket.resume();
    if (this.context.draining()) this.drain(this.context.timeouts.drain);
  }

  exchangeOver(keep: boolean): void {
    this.#lastUser = this.#exchange?.user;
    this.#resting = this.#lastUser === undefined && this.#exchange?.exemption === undefined ? STRANGER : NOTHING_OPEN;
    this.#exchange = undefined;
    this.patience.forgetBody();
    if (!keep) return this.#end();
    this.#state = "head";
    this.patience.expect(this.held.octets === undefined ? this.context.timeouts.idle : this.context.timeouts.head);
    if (this.held.octets !== undefined) this.#advance();
    else if (this.socket.isPaused()) this.socket.resume();
  }

  #end(): void {
    if (this.#state === "lingering" || this.#state === "closed") return;
    this.#state = "lingering";
    this.held.octets = undefined;
    // A tunnel keeps its own time.
    if (this.#tunnel === undefined) this.patience.expect(LINGER_TIME);
    else this.patience.expectNothing();
    this.#lingering = new Lingering(this.socket);
  }

  #drained(): void {
    this.#exchange?.clientDrain();
    this.#tunnel?.clientDrain();
    if (this.#state !== "head" || this.held.octets === undefined) return;
    this.patience.expect(this.context.timeouts.head);
    this.#advance();
  }

  #clientEnded(): void {
    if (this.#state === "tunnel") this.#tunnel?.clientEnded();
    else if (this.#state === "exchange") this.socket.destroy();
    else this.socket.end();
  }

  #clientClosed(): void {
    this.context.connections.delete(this);
    this.context.sweeper.delete(this);
    this.#tunnel?.destroy();
    this.#exchange?.leave();
    this.#exchange = undefined;
    this.#state = "closed";
    this.held.octets = undefined;
  }
}
