import type { Duplex } from "node:stream";

import type { ClientWriter } from "../proxy/client-writer.ts";
import type { Tunnel } from "../proxy/tunnel.ts";
import type { ConnectionContext } from "./connection-context.ts";
import type { Held } from "./held.ts";
import type { Patience } from "./patience.ts";

/** The connection that an exchange came by: what it needs of it, and what it tells it. */
export interface ExchangeOwner {
  readonly socket: Duplex;
  readonly writer: ClientWriter;
  readonly context: ConnectionContext;
  readonly patience: Patience;
  readonly tls: string | undefined;
  /** What stands behind the head: of the body, or ahead of its turn. */
  readonly held: Held;
  /** The connection is a WebSocket from now on; `octets` are the upstream's first ones on it. */
  exchangeSwitched(tunnel: Tunnel, octets: Buffer): void;
  /** `keep`: the connection may serve another exchange. */
  exchangeOver(keep: boolean): void;
}
