import type net from "node:net";
import tls from "node:tls";

import type { Client } from "../exchange.ts";
import { createAcceptor, type AcceptOptions } from "./accept.ts";
import { Connection } from "./connection.ts";
import type { ConnectionContext } from "./connection-context.ts";
import { readInPieces } from "./in-pieces.ts";
import { refuseUnread } from "./refuse-unread.ts";
import { createTlsAlpn01, isDecidable, type Validation } from "./tls-alpn-01.ts";

/** The first octet of a TLS handshake record (RFC 8446 §5.1). */
const TLS_HANDSHAKE = 0x16;

export interface SecureListenerOptions extends Omit<AcceptOptions, "serve" | "isEnough"> {
  readonly tlsOptions: tls.TlsOptions;
  /** Milliseconds. */
  readonly handshakeTimeout: number;
  readonly context: ConnectionContext;
  /** Lets the certificates keep the server's default context and ticket keys current. */
  readonly bind: (server: tls.Server) => void;
  /** Where certificates are obtained: what CAs that validate our names are shown. */
  readonly validation?: Validation | undefined;
}

/** The HTTPS listener: first byte, then TLS, then HTTP. Plain HTTP is told that it has come to the wrong door. */
export function createSecureListener(options: SecureListenerOptions): net.Server {
  /** Whose connection a TLS socket is, by the peer that both layers report. */
  const clients = new Map<string, Client>();
  const server = tls.createServer({ ...options.tlsOptions, handshakeTimeout: options.handshakeTimeout, noDelay: true });
  options.bind(server);

  server.on("secureConnection", (socket) => {
    const client = clients.get(peerKey(socket));
    if (client === undefined) return void socket.destroy();
    new Connection(socket, client, options.context);
  });
  // The runtime reports a failed handshake and leaves the socket open: silent ones would stay for ever.
  server.on("tlsClientError", (_, socket) => void socket.destroy());

  const { validation } = options;
  const validate = validation && createTlsAlpn01(validation, options.handshakeTimeout);
  const serve = (socket: net.Socket, client: Client, head: Buffer): void => {
    const octet = head[0] as number;
    if (octet !== TLS_HANDSHAKE) return refusePlain(socket, octet, client, options.context);
    if (validate?.(socket, head) === true) return;
    const key = peerKey(socket);
    clients.set(key, client);
    socket.once("close", () => clients.delete(key));
    readInPieces(socket);
    server.emit("connection", socket);
  };
  return createAcceptor({ ...options, serve, isEnough: validate && isDecidable });
}

/** Both ends: behind `::` a client may use one port of its own towards two of our addresses. */
function peerKey(socket: net.Socket): string {
  return `${socket.remoteAddress}|${socket.remotePort}|${socket.localAddress}|${socket.localPort}`;
}

/** Plain HTTP gets an answer in plain HTTP that says so; anything else gets nothing. */
function refusePlain(socket: net.Socket, octet: number, client: Client, context: ConnectionContext): void {
  const isLetter = (octet >= 0x41 && octet <= 0x5a) || (octet >= 0x61 && octet <= 0x7a);
  if (!isLetter) return void socket.destroy();
  refuseUnread(socket, "plain_http", client, undefined, context.log);
  socket.end();
  socket.resume();
  setTimeout(() => socket.destroy(), 1_000).unref();
}
