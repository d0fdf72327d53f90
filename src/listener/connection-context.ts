import type { Limits, Timeouts } from "../config/limits.ts";
import type { Decide } from "../exchange.ts";
import type { RequestGrammar } from "../http1/request-head.ts";
import type { Log } from "../log/log.ts";
import type { Sweeper } from "../proxy/sweeper.ts";
import type { TransferOptions } from "../proxy/transfer.ts";
import type { Upstreams } from "../proxy/upstreams.ts";
import type { Connection } from "./connection.ts";

/** What all connections of a listener have in common. */
export interface ConnectionContext {
  readonly decide: Decide;
  readonly grammar: RequestGrammar;
  /** Absent on a listener that never proxies. */
  readonly upstreams: Upstreams | undefined;
  readonly transfer: TransferOptions;
  /** Which addresses are proxies of the operator's own, whose X-Forwarded-For tells who the client is; undefined: none. */
  readonly isTrustedHop?: ((address: string) => boolean) | undefined;
  readonly timeouts: Timeouts;
  readonly limits: Limits;
  readonly log: Log;
  readonly sweeper: Sweeper;
  readonly connections: Set<Connection>;
  /** Whether the edge is stopping: answers are then the last ones of their connections. */
  readonly draining: () => boolean;
}
