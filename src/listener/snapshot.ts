import type { Socket } from "node:net";

import type { Exemption } from "../auth/exemption.ts";
import type { User } from "../auth/user.ts";
import type { Connection } from "./connection.ts";

/** `idle`: between two requests. `ending`: its last answer is on the way. */
export type ConnectionKind = "websocket" | "request" | "idle" | "ending";

/** A client's connection as somebody sees it who asks what is live. */
export interface ConnectionSnapshot {
  /** Of this process, in the order of coming. */
  readonly number: number;
  /** When it came, as of Date.now(). */
  readonly since: number;
  readonly client: string;
  /** Whose exchange is open, or was the last one; undefined: nobody has signed in on it. */
  readonly user: User | undefined;
  /** What lets its open exchange go without a sign-in. */
  readonly exemption: Exemption | undefined;
  readonly kind: ConnectionKind;
  /** Of the open exchange. */
  readonly method: string | undefined;
  /** As sent, secrets and all: mask it before it is shown. */
  readonly target: string | undefined;
  /** Octets of the whole connection so far, heads included. */
  readonly received: number;
  readonly sent: number;
}

/** What is to be seen of a connection at this moment. */
export function snapshotOf({ number, since, peer, socket, exchange, lastUser, kind }: Connection): ConnectionSnapshot {
  // A stream that is no socket counts nothing.
  const { bytesRead = 0, bytesWritten = 0 } = socket as Partial<Pick<Socket, "bytesRead" | "bytesWritten">>;
  const { method, target } = exchange?.head ?? {};
  const octets = { received: bytesRead, sent: bytesWritten };
  return { number, since, client: peer.address, user: lastUser, exemption: exchange?.exemption, kind, method, target, ...octets };
}
