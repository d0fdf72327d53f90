import type net from "node:net";
import { constants } from "node:crypto";
import tls, { type SecureContext } from "node:tls";

import { readClientHello } from "./client-hello.ts";

/** What the TLS listener needs to know of certificates that are still to come. */
export interface Validation {
  /** Whether a certificate can be shown for that server name. */
  readonly has: (serverName: string) => boolean;
  /** The certificate that proves a name to a CA which validates it at this moment. */
  readonly context: (serverName: string) => SecureContext | undefined | Promise<SecureContext | undefined>;
}

/** RFC 8737 §6.2. */
const PROTOCOL = "acme-tls/1";
/** A fatal `unrecognized_name` (RFC 6066 §3) as a record: the runtime can't send it, and no TLS has begun yet. */
const UNRECOGNIZED_NAME = Buffer.from([21, 3, 3, 0, 2, 2, 112]);

/** Whether enough has come to tell a CA that validates from a visitor. */
export const isDecidable = (head: Buffer): boolean => readClientHello(head).kind !== "incomplete";

/**
 * Answers CAs that validate a name by tls-alpn-01 (RFC 8737), and names that have no certificate yet. Both are known by their ClientHello,
 * before any TLS begins: a visitor can never be shown a challenge's certificate, since the server that has it never sees visitors.
 *
 * @returns whether the connection was taken; otherwise it is a visitor's
 */
export function createTlsAlpn01({ has, context }: Validation, handshakeTimeout: number): (socket: net.Socket, head: Buffer) => boolean {
  const lookUp: NonNullable<tls.TlsOptions["SNICallback"]> = async (serverName, callback) => {
    try {
      // Where there is no such challenge there is no certificate, and OpenSSL sends handshake_failure.
      callback(null, await context(serverName.toLowerCase()));
    } catch (error) {
      callback(error as Error);
    }
  };
  const server = tls.createServer({
    ca: [], // nobody is asked for a certificate, and Mozilla's roots are 2 MiB
    ALPNProtocols: [PROTOCOL],
    minVersion: "TLSv1.2",
    handshakeTimeout,
    secureOptions: constants.SSL_OP_NO_TICKET,
    SNICallback: lookUp,
  });
  // §3: once the handshake is complete the connection is closed, and nothing is exchanged.
  server.on("secureConnection", (socket) => {
    socket.on("error", () => socket.destroy());
    end(socket);
  });
  server.on("tlsClientError", (_, socket) => void socket.destroy());

  return (socket, head) => {
    const hello = readClientHello(head);
    if (hello.kind !== "hello" || hello.serverName === undefined) return false;
    // §3: the CA offers this protocol and no other one.
    if (hello.protocols.length === 1 && hello.protocols[0] === PROTOCOL) {
      server.emit("connection", socket);
      return true;
    }
    if (has(hello.serverName)) return false;
    end(socket, UNRECOGNIZED_NAME);
    return true;
  };
}

/** Says a last thing and listens for a moment: a reset could make the other side lose it. */
function end(socket: net.Socket, last?: Buffer): void {
  if (last === undefined) socket.end();
  else socket.end(last);
  socket.resume();
  setTimeout(() => socket.destroy(), 1_000).unref();
}
