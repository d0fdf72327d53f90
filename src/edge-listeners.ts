import type net from "node:net";

import type { Certificates } from "./certificates/manager.ts";
import type { EdgeConfig } from "./config/edge-config.ts";
import type { AcceptOptions } from "./listener/accept.ts";
import { listen, listenInherited, type BoundAddress } from "./listener/bind.ts";
import type { ConnectionContext } from "./listener/connection-context.ts";
import { createPlainListener } from "./listener/plain.ts";
import { createSecureListener } from "./listener/secure.ts";

/** Sockets that somebody else listens on and has handed over: the file descriptors, by what they are for. */
export interface InheritedSockets {
  readonly https: readonly number[];
  readonly http: readonly number[];
}

export interface Listeners {
  readonly servers: readonly net.Server[];
  readonly addresses: {
    readonly https: readonly BoundAddress[];
    readonly http: readonly BoundAddress[];
    readonly metrics: readonly BoundAddress[];
  };
}

export interface ListenersOptions {
  readonly config: Pick<EdgeConfig, "hosts" | "httpsPort" | "httpPort" | "metrics" | "timeouts">;
  readonly accepting: Omit<AcceptOptions, "serve">;
  readonly certificates: Pick<Certificates, "serverOptions" | "bind" | "has" | "challenges">;
  readonly https: ConnectionContext;
  /** Given the port that HTTPS was bound to. */
  readonly http: (httpsPort: number) => ConnectionContext;
  /** Makes the listener for metrics and health, where there is one. */
  readonly monitoring: (() => net.Server) | undefined;
  readonly inherited: InheritedSockets | undefined;
}

/**
 * Listens on everything that is configured, or on what was inherited in its place.
 *
 * @throws the system's error where one of them can't be bound; those before it are closed again
 */
export async function openListeners(options: ListenersOptions): Promise<Listeners> {
  const { config, accepting, certificates, inherited } = options;
  const { challenges } = certificates;
  const servers: net.Server[] = [];
  const open = async (
    create: () => net.Server,
    port: number,
    places: readonly (string | number | undefined)[] = config.hosts ?? [undefined],
  ): Promise<readonly BoundAddress[]> => {
    const bound: BoundAddress[] = [];
    for (const place of places) {
      const server = create();
      servers.push(server);
      bound.push(typeof place === "number" ? await listenInherited(server, place) : await listen(server, port, place));
    }
    return bound;
  };
  try {
    const secure = (): net.Server =>
      createSecureListener({
        ...accepting,
        tlsOptions: certificates.serverOptions,
        handshakeTimeout: config.timeouts.handshake,
        context: options.https,
        bind: (server) => certificates.bind(server),
        validation: challenges && { has: (name) => certificates.has(name), context: (name) => challenges.context(name) },
      });
    const https = await open(secure, config.httpsPort, inherited?.https);
    const context = options.http(https[0]?.port ?? config.httpsPort);
    const plain = (): net.Server => createPlainListener({ ...accepting, context });
    const http = config.httpPort === false ? [] : await open(plain, config.httpPort, inherited?.http);
    const { monitoring } = options;
    const metrics =
      config.metrics === undefined || monitoring === undefined ? [] : await open(monitoring, config.metrics.port, [config.metrics.host]);
    return { servers, addresses: { https, http, metrics } };
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
}
