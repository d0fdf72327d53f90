import type net from "node:net";

export interface BoundAddress {
  readonly address: string;
  readonly port: number;
}

/**
 * Listens on a port. Without a host on all addresses of both families, and on IPv4 alone where the machine has no IPv6.
 *
 * @throws the system's error, whose `code` is EADDRINUSE, EACCES, …
 */
export async function listen(server: net.Server, port: number, host: string | undefined): Promise<BoundAddress> {
  try {
    return await listenOn(server, port, host ?? "::");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (host === undefined && (code === "EAFNOSUPPORT" || code === "EADDRNOTAVAIL")) return listenOn(server, port, "0.0.0.0");
    throw error;
  }
}

/** Listens on a socket that is bound already and was handed over by a service manager. */
export function listenInherited(server: net.Server, fd: number): Promise<BoundAddress> {
  return bound(server, { fd });
}

function listenOn(server: net.Server, port: number, host: string): Promise<BoundAddress> {
  // The queue of connections not yet accepted: the kernel cuts it to net.core.somaxconn.
  return bound(server, { port, host, backlog: 4_096 });
}

function bound(server: net.Server, options: net.ListenOptions & { readonly fd?: number }): Promise<BoundAddress> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.removeListener("error", reject);
      const { address, port } = server.address() as net.AddressInfo;
      resolve({ address, port });
    });
  });
}
