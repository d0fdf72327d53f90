/** A client's connection, as cheap as node:tls allows: HTTP/1.1 with one request in flight, or, after a 101, raw bytes. */
import { createSecureContext, connect, type SecureContext, type TLSSocket } from "node:tls";

import type { Target } from "./plan.ts";

export interface Answer {
  readonly status: number;
  /** Octets of the body. */
  readonly length: number;
  /** Only where it is not 200. */
  readonly retryAfter: number | undefined;
}

export interface ConnectionOptions {
  /** Whom the client is to be. Default: the system's choice. */
  readonly localAddress?: string | undefined;
  /** What it offers to agree on keys with. Default: what the runtime offers. */
  readonly groups?: string;
}

const contexts = new Map<string, SecureContext>();

export class Connection {
  readonly socket: TLSSocket;
  #answered: ((answer: Answer) => void) | undefined;
  #broken: (error: Error) => void;
  #raw: ((bytes: Buffer) => void) | undefined;
  #pending: Buffer | undefined;
  #answer: Answer | undefined;
  #remaining = 0;
  #failed = false;

  private constructor(socket: TLSSocket, broken: (error: Error) => void) {
    this.socket = socket;
    this.#broken = broken;
  }

  /** Resolves when the handshake is done: a full one, for no session is ever offered. Trust is checked, as a browser would. */
  static open(target: Target, { localAddress, groups = "auto" }: ConnectionOptions = {}): Promise<Connection> {
    const identity = `${groups} ${target.certificate}`;
    const context = contexts.get(identity) ?? createSecureContext({ ca: target.certificate, ecdhCurve: groups });
    contexts.set(identity, context);
    return new Promise((resolve, reject) => {
      const options = {
        port: target.port,
        host: "127.0.0.1",
        servername: target.domain,
        secureContext: context,
        ...(localAddress !== undefined && { localAddress }),
        onread: {
          buffer: READ_BUFFER,
          callback(length: number, buffer: Uint8Array): boolean {
            connection.#receive((buffer as Buffer).subarray(0, length));
            return true;
          },
        },
      };
      const socket = connect(options); // `onread` works here as in net.connect, but its type is not declared
      const connection: Connection = new Connection(socket, reject);
      socket.setNoDelay(true);
      socket.once("secureConnect", () => resolve(connection));
      socket.on("error", (error) => connection.#fail(error.message));
      socket.on("close", () => connection.#fail("the server closed the connection"));
    });
  }

  /** Who is told when the connection breaks, at most once. */
  set onBroken(broken: (error: Error) => void) {
    this.#broken = broken;
  }

  /** Sends a whole request. `answered` is called at the end of its answer. */
  request(bytes: Buffer, answered: (answer: Answer) => void): void {
    this.#answered = answered;
    this.socket.write(bytes);
  }

  /** From now on, what comes goes to `raw`, which must copy what it keeps. */
  takeRaw(raw: (bytes: Buffer) => void): void {
    this.#raw = raw;
  }

  /** Leaves, without a word to `onBroken`. */
  destroy(): void {
    this.#failed = true;
    this.socket.destroy();
  }

  /** Ends the connection properly (close_notify); resolves when it is gone. */
  end(): Promise<void> {
    this.#failed = true;
    return new Promise((resolve) => {
      this.socket.once("close", () => resolve());
      this.socket.end();
    });
  }

  #receive(bytes: Buffer): void {
    if (this.#raw) return this.#raw(bytes);
    if (this.#answer) return this.#body(bytes.length);

    const all = this.#pending ? Buffer.concat([this.#pending, bytes]) : bytes;
    const end = all.indexOf("\r\n\r\n");
    this.#pending = end < 0 ? Buffer.from(all) : undefined;
    if (end < 0) return;
    const head = all.toString("latin1", 0, end + 2);
    const status = Number(head.slice(9, 12));
    const length = status === 101 ? 0 : Number(/\r\ncontent-length: *(\d+)\r/i.exec(head)?.[1] ?? Number.NaN);
    if (Number.isNaN(length)) return this.#fail(`answer ${status} came without Content-Length`);
    const wait = status === 200 ? undefined : /\r\nretry-after: *(\d+)\r/i.exec(head)?.[1];
    this.#answer = { status, length, retryAfter: wait === undefined ? undefined : Number(wait) };
    this.#remaining = length;
    this.#body(all.length - end - 4);
  }

  #body(length: number): void {
    this.#remaining -= length;
    if (this.#remaining > 0) return;
    if (this.#remaining < 0) return this.#fail("more octets came than the answer announced");
    const answer = this.#answer;
    const answered = this.#answered;
    this.#answer = this.#answered = undefined;
    if (!answer || !answered) return this.#fail("an answer came to nothing that was asked");
    answered(answer);
  }

  #fail(message: string): void {
    if (this.#failed) return;
    this.#failed = true;
    this.socket.destroy();
    this.#broken(new Error(message));
  }
}

/** Shared by all connections: whatever is kept is copied. */
const READ_BUFFER = Buffer.alloc(64 * 1024);

/** A GET as a plain client sends it. */
export function getRequest(target: Target, path: string, authorization?: string, cookie?: string): Buffer {
  const credentials = `${authorization === undefined ? "" : `Authorization: ${authorization}\r\n`}${cookie === undefined ? "" : `Cookie: ${cookie}\r\n`}`;
  return Buffer.from(
    `GET ${path} HTTP/1.1\r\nHost: ${target.domain}:${target.port}\r\nUser-Agent: openclaw-edge-bench\r\nAccept: */*\r\n${credentials}\r\n`,
    "latin1",
  );
}

/** Opens many connections, `concurrency` at a time, so that the server's backlog is never what is measured. */
export async function openMany<T>(count: number, concurrency: number, open: (index: number) => Promise<T>): Promise<T[]> {
  const opened: T[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(count, concurrency) }, async () => {
      while (next < count) opened.push(await open(next++));
    }),
  );
  return opened;
}
