import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type ConnectionOptions, type Server, type TLSSocket, type TlsOptions } from "node:tls";

import { onTestFinished } from "vitest";

/** A TLS server on 127.0.0.1 that greets with one octet, echoes, and goes away with the test. */
export async function tlsServer(options: TlsOptions): Promise<{ readonly server: Server; readonly port: number }> {
  const open = new Set<TLSSocket>();
  const server = createServer(options, (socket) => {
    open.add(socket);
    socket.on("error", () => {});
    socket.write("!");
    socket.pipe(socket);
  });
  server.on("tlsClientError", (_, socket) => socket.destroy());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

export interface Handshake {
  readonly version: string | null;
  readonly cipher: string;
  readonly group: string | undefined;
  readonly resumed: boolean;
  /** SHA-256 of the server's certificate; undefined: a resumed handshake shows none. */
  readonly fingerprint: string | undefined;
  readonly alpn: string | false | null;
  /** The last ticket that came, to resume with. */
  readonly session: Buffer | undefined;
  readonly socket: TLSSocket;
}

/** Completes a handshake and waits for the server's first octet (TLS 1.3 tickets come before it). Rejects as the socket does. */
export function handshake(port: number, options: ConnectionOptions): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    let session: Buffer | undefined;
    const socket = connect({ host: "127.0.0.1", port, ...options });
    onTestFinished(() => void socket.destroy());
    socket.on("session", (ticket) => (session = ticket));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed without an error")));
    socket.once("data", () =>
      setImmediate(() => {
        const key = socket.getEphemeralKeyInfo();
        const certificate = socket.getPeerX509Certificate();
        resolve({
          version: socket.getProtocol(),
          cipher: socket.getCipher().name,
          group: key && "name" in key ? key.name : undefined,
          resumed: socket.isSessionReused(),
          fingerprint: certificate?.fingerprint256,
          alpn: socket.alpnProtocol,
          session,
          socket,
        });
      }),
    );
  });
}

/** Waits until it holds, at most 5 s. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 15_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error("It did not come true within 15 s.");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
