import type { Sessions } from "./auth/session/sessions.ts";
import type { Connection } from "./listener/connection.ts";
import { forEachConnection } from "./listener/connections.ts";

/** Milliseconds between two looks, at most. */
const EVERY = 60_000;

/**
 * Counts what is said over an open WebSocket as use of the session that opened it: a chat may go on for days without another request.
 * Pongs don't count, so a browser that was left behind is idle, whatever its page keeps open.
 *
 * @param idle milliseconds without use after which a session ends
 * @returns what ends this
 */
export function followSessionUse(connections: ReadonlySet<Connection>, sessions: Pick<Sessions, "useById">, idle: number): () => void {
  const timer = setInterval(
    () =>
      void forEachConnection(connections, (connection) => {
        const user = connection.exchange?.user;
        if (user?.method === "session" && user.credential !== undefined && connection.takeSpoken()) sessions.useById(user.credential);
      }),
    Math.min(EVERY, Math.max(20, idle / 20)),
  ).unref();
  return () => clearInterval(timer);
}
