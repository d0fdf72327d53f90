import type { EdgeConfig } from "./config/edge-config.ts";
import type { Limits, Timeouts } from "./config/limits.ts";
import { isPrivateTarget } from "./config/upstream-target.ts";
import type { Revocation } from "./edge-revocation.ts";
import type { StrictTransportSecurity } from "./headers/strict-transport-security.ts";
import type { Admission } from "./listener/admission.ts";
import type { Log } from "./log/log.ts";
import type { PoolOptions, Upstreams } from "./proxy/upstreams.ts";
import type { Routing, RoutingConfig } from "./routes/routing.ts";

/** What of a configuration can change while the edge runs (config/live.ts). */
export type LiveConfig = RoutingConfig & Partial<Pick<EdgeConfig, "timeouts" | "limits" | "hsts">>;

/** Where it is in force. */
export interface LiveParts {
  /** The edge's own copies: whoever holds them looks at them when it matters. */
  readonly timeouts: Timeouts;
  readonly limits: Limits;
  readonly hsts: StrictTransportSecurity;
  readonly admission: Admission;
  readonly upstreams: Upstreams;
  readonly routing: Routing;
  readonly revocation: Revocation;
  readonly log: Log;
}

/** Puts a configuration in force in a running edge, in place. */
export function adopt(next: LiveConfig, { timeouts, limits, hsts, admission, upstreams, routing, revocation, log }: LiveParts): void {
  Object.assign(timeouts, next.timeouts);
  Object.assign(limits, next.limits);
  if (next.hsts !== undefined) hsts.use(next.hsts);
  admission.bound(limits.connections, limits.connectionsPerClient);
  upstreams.use(poolOptions({ timeouts, limits }));
  // What is open no more is cut for those who came by it; who is signed in stays, wherever his requests go from now on.
  const isClosed = routing.use(next, limits.exposeRate);
  upstreams.retain(routing.table.routes.map(({ target }) => target));
  revocation.close(isClosed);
  warnOfPublicRoutes(routing, log);
}

/** How the pools of upstream connections are bounded. */
export const poolOptions = ({ timeouts, limits }: Pick<EdgeConfig, "timeouts" | "limits">): PoolOptions => ({
  connectTimeout: timeouts.connect,
  writeTimeout: timeouts.write,
  idle: limits.idleUpstream,
});

export function warnOfPublicRoutes({ table }: Routing, log: Log): void {
  for (const { target, path, host } of table.routes) {
    if (!isPrivateTarget(target)) log.warn("A route leads to a public address; nothing on the way there is encrypted.", { host, path });
  }
}
