import net from "node:net";
import { performance } from "node:perf_hooks";

import type { UpstreamTarget } from "../config/edge-config.ts";
import type { ErrorCode } from "../errors.ts";
import { endpointOf } from "./endpoint.ts";
import { Stall } from "./stall.ts";
import type { Sweeper } from "./sweeper.ts";
import { WaitingRoom } from "./waiting-room.ts";

/** Octets of one read from upstream. */
const READ_SIZE = 65_536;
/** One buffer for all upstream sockets: a read is dealt with before the next begins, so an idle tunnel owns no buffer. */
const READ_BUFFER = Buffer.allocUnsafeSlow(READ_SIZE);
/** Milliseconds that a socket may have been idle before a request that can't be repeated takes a new one instead (RFC 9110 §9.2.2). */
const FRESH = 1_000;
/** Milliseconds an idle socket is kept where the upstream doesn't say how long it keeps it. */
const UNTOLD_IDLE = 30_000;

export interface UpstreamOptions {
  readonly target: UpstreamTarget;
  /** Milliseconds to connect in. */
  readonly connectTimeout: number;
  /** Milliseconds that bytes may wait for an upstream that reads none. */
  readonly writeTimeout: number;
  /** Connections kept idle. */
  readonly idle: number;
}

/** Whoever uses an upstream connection at the moment. */
export interface UpstreamUser {
  /** Octets arrived; they are valid only during the call. Answer false to stop reading until `resume`. */
  upstreamBytes(bytes: Buffer, start: number, end: number): boolean;
  /** What was written has been taken: more may be written. */
  upstreamDrain(): void;
  /** The connection is over. `clean`: the upstream ended it in order, with FIN. */
  upstreamClosed(clean: boolean, code: ErrorCode): void;
}

/** Keep-alive connections to the Gateway. The one used last is taken first, so that a lull lets the others go. */
export class Upstream {
  readonly #options: UpstreamOptions;
  readonly #sweeper: Sweeper;
  readonly #idle: UpstreamConnection[] = [];
  readonly waitingRoom: WaitingRoom;
  #closed = false;

  constructor(options: UpstreamOptions, sweeper: Sweeper) {
    this.#options = options;
    this.#sweeper = sweeper;
    this.waitingRoom = new WaitingRoom(options.target);
  }

  /** @param repeatable whether the request may be sent again if the connection turns out to be stale */
  acquire(user: UpstreamUser, repeatable: boolean): UpstreamConnection {
    const now = performance.now();
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      if (connection.expiresAt > now && (repeatable || now - connection.idleSince < FRESH) && connection.reuse(user)) return connection;
      connection.destroy();
    }
    return this.connect(user);
  }

  /** A new connection. */
  connect(user: UpstreamUser): UpstreamConnection {
    return new UpstreamConnection(this.#options, this.#sweeper, user);
  }

  /**
   * Takes a connection back when its exchange is complete on both sides.
   * @param keepAlive seconds that the upstream keeps it, where it said so
   */
  release(connection: UpstreamConnection, keepAlive: number | undefined): void {
    if (this.#closed || this.#idle.length >= this.#options.idle) return connection.destroy();
    // A second sooner than the upstream: otherwise the next request meets its FIN.
    const idle = keepAlive === undefined ? UNTOLD_IDLE : keepAlive * 1_000 - 1_000;
    if (idle <= 0) return connection.destroy();
    connection.rest(idle, () => this.#forget(connection));
    this.#idle.push(connection);
  }

  close(): void {
    this.#closed = true;
    this.waitingRoom.close();
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }

  #forget(connection: UpstreamConnection): void {
    const index = this.#idle.lastIndexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
  }
}

export class UpstreamConnection {
  readonly #options: UpstreamOptions;
  readonly #sweeper: Sweeper;
  readonly #socket: net.Socket;
  readonly #stall = new Stall();
  readonly #startedAt = performance.now();
  #user: UpstreamUser | undefined;
  #onIdleEnd: (() => void) | undefined;
  #failure: ErrorCode | undefined;
  #connected = false;
  #ended = false;
  /** Milliseconds to wait for the upstream's end once all is sent; undefined as long as this side is open. */
  #endTime: number | undefined;
  /** Whether it has served an exchange before: then the upstream may just be closing it. */
  reused = false;
  idleSince = 0;
  expiresAt = 0;

  constructor(options: UpstreamOptions, sweeper: Sweeper, user: UpstreamUser) {
    this.#options = options;
    this.#sweeper = sweeper;
    this.#user = user;
    this.#socket = net.connect({
      ...endpointOf(options.target),
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      onread: { buffer: READ_BUFFER, callback: (size) => this.#read(size) },
    });
    this.#socket.once("connect", () => (this.#connected = true));
    this.#socket.on("drain", () => this.#user?.upstreamDrain());
    this.#socket.on("end", () => (this.#ended = true));
    this.#socket.on("error", (error: NodeJS.ErrnoException) => (this.#failure ??= failureCode(error, this.#connected)));
    this.#socket.on("close", (hadError) => this.#closed(hadError));
    sweeper.add(this);
  }

  /** Takes an idle connection into use; false when it is already over. */
  reuse(user: UpstreamUser): boolean {
    if (this.#socket.destroyed || !this.#socket.writable || this.#ended) return false;
    this.#user = user;
    this.#onIdleEnd = undefined;
    this.reused = true;
    return true;
  }

  rest(idle: number, onIdleEnd: () => void): void {
    this.#user = undefined;
    this.#onIdleEnd = onIdleEnd;
    this.idleSince = performance.now();
    this.expiresAt = this.idleSince + idle;
    this.#socket.resume();
  }

  /** Hands the connection to somebody else, for a tunnel. */
  transferTo(user: UpstreamUser): void {
    this.#user = user;
  }

  /** @returns false when it should be waited for `upstreamDrain`. The bytes must not change afterwards. */
  write(data: string | Uint8Array): boolean {
    return typeof data === "string" ? this.#socket.write(data, "latin1") : data.length === 0 || this.#socket.write(data);
  }

  /**
   * Sends what is pending, and then FIN; what still comes is dropped. An upstream that does not end its side then is cut, but not at
   * once: a reset could make it lose what it has not read yet.
   * @param time milliseconds from the FIN
   */
  end(time: number): void {
    this.#user = undefined;
    this.#endTime = time;
    this.expiresAt = performance.now() + time;
    this.#socket.end();
    this.#socket.resume();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#user = undefined;
    this.#socket.destroy();
  }

  sweep(now: number): void {
    if (this.#user === undefined) {
      // The time to end in begins when the last octet has been taken.
      if (this.#endTime !== undefined && this.#socket.writableLength > 0) this.expiresAt = now + this.#endTime;
      const isStalled = this.#endTime !== undefined && this.#stall.check(this.#socket, now, this.#options.writeTimeout);
      if (isStalled || (this.expiresAt > 0 && now > this.expiresAt)) this.#socket.destroy();
    } else if (this.#socket.connecting) {
      if (now - this.#startedAt > this.#options.connectTimeout) this.#fail("upstream_timeout");
    } else if (this.#stall.check(this.#socket, now, this.#options.writeTimeout)) {
      this.#fail("upstream_timeout");
    }
  }

  #fail(code: ErrorCode): void {
    this.#failure = code;
    this.#socket.destroy();
  }

  #read(size: number): boolean {
    // Bytes that nobody asked for: whatever they are, they must not become the next answer.
    if (this.#user === undefined) {
      if (this.#endTime === undefined) this.#socket.destroy();
      return true;
    }
    return this.#user.upstreamBytes(READ_BUFFER, 0, size);
  }

  #closed(hadError: boolean): void {
    this.#sweeper.delete(this);
    this.#onIdleEnd?.();
    this.#onIdleEnd = undefined;
    const user = this.#user;
    this.#user = undefined;
    user?.upstreamClosed(this.#ended && !hadError && this.#failure === undefined, this.#failure ?? "upstream_closed");
  }
}

/** `upstream_refused` and `upstream_unreachable`: nothing has reached it. */
function failureCode(error: NodeJS.ErrnoException, connected: boolean): ErrorCode {
  if (error.code === "ETIMEDOUT") return "upstream_timeout";
  if (connected) return "upstream_closed";
  return error.code === "ECONNREFUSED" || error.code === "ENOENT" ? "upstream_refused" : "upstream_unreachable";
}
