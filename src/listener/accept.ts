import net from "node:net";

import type { Client } from "../exchange.ts";
import type { Swept, Sweeper } from "../proxy/sweeper.ts";
import type { Admission } from "./admission.ts";
import { clientOf, clientAt } from "./client-address.ts";
import { readProxyHeader } from "./proxy-protocol.ts";

export interface AcceptOptions {
  readonly admission: Admission;
  readonly sweeper: Sweeper;
  /** Every socket that is open, those included that have said nothing or are still in their handshake: whoever stops the edge cuts them. */
  readonly accepted: Set<net.Socket>;
  /** Milliseconds from accept to the first byte. */
  readonly firstByte: number;
  /** Takes a connection with what came first, one octet at least (it has been put back into the socket). */
  readonly serve: (socket: net.Socket, client: Client, head: Buffer) => void;
  /** Whether that is enough to begin with; otherwise more is waited for, as long as for the first byte. Default: one octet is. */
  readonly isEnough?: ((head: Buffer) => boolean) | undefined;
  /** A connection was refused because its client, or everybody together, has too many. */
  readonly refused: (client: Client) => void;
  /** Who sends a PROXY header before each connection; it is demanded from them and taken from nobody else. */
  readonly sendsProxyHeader?: ((address: string) => boolean) | undefined;
  /** A connection came without the PROXY header that its sender owes, or with a broken one. */
  readonly noProxyHeader?: (sender: Client) => void;
  /** An address that many clients come from (a proxy of the operator's own, a container's gateway): it has no bound of its own. */
  readonly isShared?: ((address: string) => boolean) | undefined;
}

/**
 * A listening socket that looks at each connection's first byte before anything is spent on it: somebody who connects and says nothing
 * costs a socket, and no TLS state.
 */
export function createAcceptor(options: AcceptOptions): net.Server {
  const server = net.createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000, pauseOnConnect: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    const peer = clientOf(socket);
    if (peer === undefined) return void socket.destroy();
    options.accepted.add(socket);
    socket.once("close", () => options.accepted.delete(socket));
    // Whose connection it is, only the header tells; until then it takes a place among all, and nobody's own.
    const isProxied = options.sendsProxyHeader?.(peer.address) === true;
    const leave = admit(socket, peer, isProxied, options);
    if (leave !== undefined) new FirstByte(socket, peer, isProxied ? leave : undefined, options);
  });
  return server;
}

/**
 * Takes a place for the client until the socket closes, or refuses it.
 *
 * @returns gives the place back sooner
 */
function admit(
  socket: net.Socket,
  client: Client,
  isProxied: boolean,
  { admission, refused, isShared }: AcceptOptions,
): (() => void) | undefined {
  const leave = admission.enter(client, isProxied || isShared?.(client.address) === true);
  if (leave === undefined) {
    refused(client);
    socket.destroy();
    return undefined;
  }
  socket.once("close", leave);
  return () => {
    socket.removeListener("close", leave);
    leave();
  };
}

class FirstByte implements Swept {
  readonly #deadline: number;
  readonly #socket: net.Socket;
  readonly #options: AcceptOptions;
  #client: Client;
  /** The beginning of a PROXY header, as long as one is due. */
  #header: Buffer | undefined;
  readonly #leave: (() => void) | undefined;
  /** What has come, where it was not enough yet. */
  #head: Buffer | undefined;

  /** @param leave where a PROXY header is due: gives back the place that its sender took */
  constructor(socket: net.Socket, client: Client, leave: (() => void) | undefined, options: AcceptOptions) {
    this.#socket = socket;
    this.#client = client;
    this.#options = options;
    this.#leave = leave;
    this.#header = leave === undefined ? undefined : Buffer.alloc(0);
    this.#deadline = performance.now() + options.firstByte;
    options.sweeper.add(this);
    const onClose = (): void => options.sweeper.delete(this);
    const onEnd = (): void => void socket.destroy();
    const onReadable = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) {
        // The client has gone without a word. (A readable event without data is the end of the stream.)
        if (socket.readableEnded || !socket.readable) socket.destroy();
        return;
      }
      const own = this.#header === undefined ? chunk : this.#behindHeader(Buffer.concat([this.#header, chunk]));
      if (own === undefined || own.length === 0) return;
      const head = this.#head === undefined ? own : Buffer.concat([this.#head, own]);
      this.#head = head;
      if (options.isEnough?.(head) === false) return;
      socket.removeListener("readable", onReadable);
      socket.removeListener("close", onClose);
      socket.removeListener("end", onEnd);
      options.sweeper.delete(this);
      socket.unshift(head);
      options.serve(socket, this.#client, head);
    };
    socket.once("close", onClose);
    socket.on("readable", onReadable);
    socket.once("end", onEnd);
  }

  sweep(now: number): void {
    if (now <= this.#deadline) return;
    if (this.#header !== undefined) this.#options.noProxyHeader?.(this.#client);
    this.#socket.destroy();
  }

  /** Takes the PROXY header off; undefined as long as it is incomplete, and when the connection was refused. */
  #behindHeader(bytes: Buffer): Buffer | undefined {
    const header = readProxyHeader(bytes);
    switch (header.kind) {
      case "incomplete":
        this.#header = bytes;
        return undefined;
      case "invalid":
        this.#options.noProxyHeader?.(this.#client);
        this.#socket.destroy();
        return undefined;
      case "local":
      case "proxied":
        this.#header = undefined;
        if (header.kind === "proxied") this.#client = clientAt(header.address, header.port);
        this.#leave?.();
        return admit(this.#socket, this.#client, header.kind === "local", this.#options) && bytes.subarray(header.size);
      default:
        return header satisfies never;
    }
  }
}
