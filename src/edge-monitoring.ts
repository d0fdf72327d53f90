import type net from "node:net";

import type { Connection } from "./listener/connection.ts";
import type { ConnectionContext } from "./listener/connection-context.ts";
import type { AcceptOptions } from "./listener/accept.ts";
import { Admission } from "./listener/admission.ts";
import { createPlainListener } from "./listener/plain.ts";
import type { Log } from "./log/log.ts";
import { monitoring, type Readiness } from "./metrics/endpoint.ts";
import { createMetrics, type MetricsSources } from "./metrics/metrics.ts";

/** Connections at once: a scraper, a health check, and somebody who looks. */
const PLACES = 32;

export interface MonitoringSources extends Pick<MetricsSources, "certificates"> {
  readonly connections: ReadonlySet<Connection>;
  readonly draining: () => boolean;
  readonly isGatewayReachable: () => Promise<boolean>;
}

export interface Monitoring {
  /** The log that everything else of the edge writes to: what passes through it is counted. */
  readonly log: Log;
  /** The listener, not yet bound. */
  createListener(context: ConnectionContext, accepting: Pick<AcceptOptions, "sweeper" | "accepted" | "firstByte">): net.Server;
}

/** Metrics and health on a listener of their own. Loaded only where it is asked for. */
export function openMonitoring(log: Log, { connections, certificates, draining, isGatewayReachable }: MonitoringSources): Monitoring {
  const metrics = createMetrics({
    connections: () => ({ open: connections.size, webSockets: [...connections].filter(({ kind }) => kind === "websocket").length }),
    certificates,
  });
  const readiness = async (): Promise<Readiness> => {
    const [isReachable, valid] = [await isGatewayReachable(), certificates().filter(({ expires }) => expires > Date.now())];
    return {
      ready: !draining() && isReachable && valid.length > 0,
      parts: {
        edge: draining() ? "stopping" : "serving",
        gateway: isReachable ? "listening" : "not listening",
        certificates: valid.length > 0 ? "valid" : "none is valid",
      },
    };
  };
  return {
    log: metrics.observe(log),
    createListener(context, accepting) {
      // Scrapes are no visitors: they have no lines in the log, no places of the others, and don't hold up a stop.
      const own = { ...context, decide: monitoring({ metrics, readiness }), connections: new Set<Connection>() };
      return createPlainListener({
        ...accepting,
        admission: new Admission(PLACES, PLACES),
        refused: () => {},
        context: { ...own, log: { ...log, exchange: () => {} } },
      });
    },
  };
}
