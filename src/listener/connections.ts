import type { Connection } from "./connection.ts";

/** Connections dealt with in one turn of the event loop, so that thousands of them don't stop everybody else. */
const PER_TURN = 64;

/** Does something to each connection, a few at a time. */
export async function forEachConnection(connections: ReadonlySet<Connection>, act: (connection: Connection) => void): Promise<void> {
  let count = 0;
  for (const connection of [...connections]) {
    act(connection);
    if (++count % PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Resolves when every accepted socket has become a connection or has gone, or when `signal` aborts: handshakes that are under way may end. */
export async function whenShaken(accepted: ReadonlySet<unknown>, connections: ReadonlySet<Connection>, signal: AbortSignal): Promise<void> {
  while (accepted.size > connections.size && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Resolves when no connection is left, or when `signal` aborts. */
export async function whenEmpty(connections: ReadonlySet<Connection>, signal: AbortSignal): Promise<void> {
  while (connections.size > 0 && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
}
