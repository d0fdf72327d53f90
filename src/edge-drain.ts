import type net from "node:net";

import { FRESH, type Connection } from "./listener/connection.ts";
import { forEachConnection, whenEmpty, whenShaken } from "./listener/connections.ts";

/** What is open while an edge runs. */
export interface Open {
  readonly servers: readonly net.Server[];
  readonly connections: ReadonlySet<Connection>;
  /** Sockets, those included that have said nothing yet or are in the middle of a handshake. */
  readonly accepted: ReadonlySet<net.Socket>;
}

/**
 * Takes no new connection, lets those end that have something to end, and cuts what is left.
 *
 * @param grace milliseconds after which it is cut
 * @param signal cuts it when it aborts
 */
export async function drain({ servers, connections, accepted }: Open, grace: number, signal: AbortSignal | undefined): Promise<void> {
  for (const server of servers) server.close();
  const limit = AbortSignal.any([AbortSignal.timeout(grace), ...(signal === undefined ? [] : [signal])]);
  await forEachConnection(connections, (connection) => connection.drain(grace));
  await whenShaken(accepted, connections, AbortSignal.any([limit, AbortSignal.timeout(FRESH)]));
  await whenEmpty(connections, limit);
  await forEachConnection(connections, (connection) => connection.destroy("shutting_down"));
  // Whoever has said nothing yet, or is in the middle of a handshake, has no exchange to finish.
  for (const socket of accepted) socket.destroy();
}
