import type { Exemption } from "./auth/exemption.ts";
import type { User } from "./auth/user.ts";
import type { EdgeFiles } from "./edge-files.ts";
import type { ErrorCode } from "./errors.ts";
import type { Connection } from "./listener/connection.ts";
import { forEachConnection } from "./listener/connections.ts";

/** Milliseconds in which somebody who lost the right to be here is gone. */
const GRACE = 500;

export interface Revocation {
  /** Cuts those who came without a sign-in, by what is open no more. */
  close(isClosed: (exemption: Exemption) => boolean): void;
  /** Cuts one connection at the operator's word. */
  end(connection: Connection): void;
}

/** Cuts, within a second, every open exchange and WebSocket of those who lost the right to it, and nobody else's. */
export function revokeWith({ users, scopes, sessions, passes }: EdgeFiles, connections: ReadonlySet<Connection>): Revocation {
  function revoke(isLost: (user: User) => boolean, reason = "signed out"): void {
    void forEachConnection(connections, (connection) => {
      const user = connection.exchange?.user;
      if (user !== undefined && isLost(user)) cut(connection, reason, "credentials_wrong");
    });
  }

  users.onChange((lost) => {
    // A pass is a credential of its own: it outlives a changed password, and not its user.
    if (lost.size > 0) revoke(({ name, method }) => lost.has(name) && (method !== "pass" || !users.users.has(name)));
  });
  // The Gateway caps a WebSocket by the scopes of its handshake: whoever has fewer now has to come anew.
  scopes.onChange((isReduced) => revoke(isReduced, "scopes changed"));
  sessions.onEnd((ended, why) => {
    const isOver = ({ method, credential }: User): boolean => method === "session" && ended.has(credential ?? "");
    revoke(isOver, why === "expired" ? "session expired" : "signed out");
  });
  passes.onLost((lost, why) => {
    const isOver = ({ method, credential }: User): boolean => method === "pass" && lost.has(credential ?? "");
    revoke(isOver, why === "expired" ? "pass expired" : "signed out");
  });

  return {
    close: (isClosed) =>
      void forEachConnection(connections, (connection) => {
        const exemption = connection.exchange?.exemption;
        if (exemption !== undefined && isClosed(exemption)) cut(connection, "sign-in required", "credentials_required");
      }),
    end: (connection) => cut(connection, "ended by the operator", "ended_by_operator"),
  };
}

function cut(connection: Connection, reason: string, code: ErrorCode): void {
  if (connection.kind === "websocket") connection.closeTunnel(4001, reason, GRACE);
  else connection.destroy(code);
}
