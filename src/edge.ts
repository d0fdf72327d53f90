import { randomBytes } from "node:crypto";
import type net from "node:net";

import { openAdmin } from "./admin/open.ts";
import type { AdminVerbs } from "./admin/server.ts";
import { findSharedAddresses } from "./auth/throttle/shared-address.ts";
import type { Certificates } from "./certificates/manager.ts";
import type { EdgeConfig } from "./config/edge-config.ts";
import type { Status } from "./admin/status.ts";
import { serveAdmin } from "./edge-admin.ts";
import { certificateNotices, serveCertificates } from "./edge-certificates.ts";
import { followClock } from "./edge-clock.ts";
import { contextFor } from "./edge-context.ts";
import { drain } from "./edge-drain.ts";
import { openFiles, type EdgeFiles } from "./edge-files.ts";
import { revokeWith } from "./edge-revocation.ts";
import { openSignIn } from "./edge-sign-in.ts";
import { followSessionUse } from "./edge-session-use.ts";
import { openListeners, type InheritedSockets, type Listeners } from "./edge-listeners.ts";
import { adopt, poolOptions, warnOfPublicRoutes, type LiveConfig } from "./edge-live.ts";
import { decidePlain } from "./edge-plain.ts";
import type { Problem } from "./errors.ts";
import { ownedFields } from "./headers/owned.ts";
import { StrictTransportSecurity } from "./headers/strict-transport-security.ts";
import { Admission } from "./listener/admission.ts";
import type { BoundAddress } from "./listener/bind.ts";
import type { Connection } from "./listener/connection.ts";
import type { ConnectionContext } from "./listener/connection-context.ts";
import { membership } from "./listener/networks.ts";
import type { Log } from "./log/log.ts";
import { oncePerMinute } from "./log/once-per-minute.ts";
import { createPipeline } from "./pipeline.ts";
import { isReachable } from "./proxy/reachable.ts";
import { Sweeper } from "./proxy/sweeper.ts";
import { Upstreams } from "./proxy/upstreams.ts";
import { Routing } from "./routes/routing.ts";

/** A running edge. */
export interface Edge {
  readonly addresses: {
    readonly https: readonly BoundAddress[];
    readonly http: readonly BoundAddress[];
    readonly metrics: readonly BoundAddress[];
  };
  readonly certificates: Certificates;
  /** What can be asked of this edge through its admin socket. */
  readonly admin: AdminVerbs;
  /** How it is at this moment. Asks the Gateway, for two seconds at most. */
  status(): Promise<Status>;
  /** What `status` tells the operator to mend, by what it is about: whoever finds something puts it here, and takes it away again. */
  readonly notices: Map<string, readonly Problem[]>;
  /**
   * Reads users and certificates again. What is wrong is returned, and the last good state kept; nothing is cut that need not be.
   * @param next what is to be in force from now on: the Gateway, the routes and what is open, and (where they are given) time-outs, bounds
   * and HSTS; default: as they are. What else a configuration holds is in force from the start on (config/live.ts).
   */
  reload(next?: LiveConfig): Promise<readonly Problem[]>;
  /**
   * Stops: no new connection, idle ones closed, exchanges may finish, WebSockets are told 1012 (service restart).
   * @param options.grace milliseconds after which what is left is cut; default `timeouts.drain`
   * @param options.signal cuts what is left when it aborts
   */
  close(options?: { readonly grace?: number; readonly signal?: AbortSignal }): Promise<void>;
}

/** What the edge is given besides its configuration. */
export interface EdgeSurroundings {
  readonly log: Log;
  /** Sockets that are listened on already; the configuration's ports and addresses are then not bound. */
  readonly inherited?: InheritedSockets | undefined;
  /** Does the listening, with rights that the edge does not have otherwise. Default: as it is. */
  readonly withPrivilege?: (<T>(listen: () => Promise<T>) => Promise<T>) | undefined;
  /** The program's, for whoever asks through the admin socket. Default: unknown. */
  readonly version?: string | undefined;
}

/**
 * Starts the edge. Everything is checked before anything listens.
 *
 * @throws ConfigurationError with every mistake in the files that the configuration names; the system's error where a port can't be bound
 */
export async function createEdge(
  config: EdgeConfig,
  { log: ownLog, inherited, withPrivilege = (listen) => listen(), version = "unknown" }: EdgeSurroundings,
): Promise<Edge> {
  // Copies: a reload changes them, and whoever holds them looks at them when it matters.
  const timeouts = { ...config.timeouts };
  const limits = { ...config.limits };
  const admin = await openAdmin(config.state, version, ownLog);
  const notices = new Map<string, readonly Problem[]>();
  const connections = new Set<Connection>();
  let draining = false;
  let inForce: LiveConfig = config;
  // Loaded only where it is asked for: the library takes 11 MB.
  const monitoring =
    config.metrics &&
    (await import("./edge-monitoring.ts")).openMonitoring(ownLog, {
      connections,
      certificates: () => certificates.expiries(),
      draining: () => draining,
      isGatewayReachable: () => isReachable(inForce.upstream, timeouts.connect),
    });
  const log = monitoring?.log ?? ownLog;
  const files: EdgeFiles = await openFiles(config, log).catch(async (error: unknown) => {
    await admin.close();
    throw error;
  });
  const { users, scopes, sessions, passes, certificates } = files;
  const sweeper = new Sweeper(Math.min(1_000, ...Object.values(timeouts).map((timeout) => Math.max(10, timeout / 4))));
  const upstreams = new Upstreams(poolOptions({ timeouts, limits }), sweeper);
  const routing = new Routing(config, limits.exposeRate);
  warnOfPublicRoutes(routing, log);
  const isTrustedHop = membership(config.trustedHops);
  const isContainersOwn = findSharedAddresses();
  const isShared = (address: string): boolean => isTrustedHop?.(address) === true || isContainersOwn(address);
  const {
    signIn,
    failedSignIn,
    throttle,
    close: closeSignIn,
  } = await openSignIn({ config, files, limits, isShared, isHop: isTrustedHop, log });
  const admission = new Admission(limits.connections, limits.connectionsPerClient);
  const hosts = new Set(config.domains.map(({ value }) => value));
  const isServed = (host: string): boolean => hosts.has(host);
  const names = new Set(
    config.domains.filter(({ kind, value }) => kind === "name" && !certificates.isLocal(value)).map(({ value }) => value),
  );
  const hsts = new StrictTransportSecurity(names, config.hsts);

  const decide = createPipeline({
    isServed,
    routes: () => routing.table,
    rate: (exemption, { client }) => routing.wait(exemption, client),
    signIn,
    upstreamHead: {
      userHeader: fieldName(config.userHeader),
      isOwned: ownedFields(config.userHeader),
      scopesOf: scopes.of,
      pseudonym: `openclaw-edge-${randomBytes(6).toString("hex")}`,
    },
    failedSignIn,
  });
  const connection = {
    ...{ upstreams, hsts: hsts.lineFor, isTrustedHop, timeouts, limits, log, sweeper, connections },
    draining: () => draining,
  };
  const refused = oncePerMinute(log, "Connections were refused: too many at once.");
  const noProxyHeader = oncePerMinute(
    log,
    "Connections were refused: they came from a --proxy-protocol address without a PROXY header. Make the balancer send one, or leave the option out.",
  );
  const unfollowSessions = followSessionUse(connections, sessions, config.sessions.idle);
  const unfollowClock = followClock(log, certificates);
  const accepted = new Set<net.Socket>();
  const accepting = {
    admission,
    sweeper,
    accepted,
    firstByte: timeouts.firstByte,
    refused: refused.count,
    noProxyHeader: noProxyHeader.count,
    isShared,
    sendsProxyHeader: membership(config.proxyProtocol),
  };

  const plain = (httpsPort: number): ConnectionContext => contextFor("http", decidePlain(isServed, certificates, httpsPort), connection);
  const listenEverywhere = (): Promise<Listeners> =>
    openListeners({
      config,
      accepting,
      certificates,
      https: contextFor("https", decide, connection),
      http: plain,
      monitoring: monitoring && (() => monitoring.createListener(plain(0), accepting)),
      inherited,
    });
  const { servers, addresses } = await withPrivilege(listenEverywhere).catch(async (error: unknown) => {
    await release();
    throw error;
  });

  certificates.start();

  const revocation = revokeWith(files, connections);

  serveCertificates(admin, certificates);
  const status = serveAdmin({
    ...{ admin, config, limits, addresses, users, sessions, throttle, certificates, connections, accepted, upstreams },
    gateway: () => inForce.upstream,
    notices: () => [...certificateNotices(certificates), ...[...notices.values()].flat()],
    end: (connection) => revocation.end(connection),
  });

  async function release(): Promise<void> {
    refused.close();
    noProxyHeader.close();
    unfollowClock();
    sweeper.close();
    upstreams.close();
    users.close();
    scopes.close();
    await certificates.close();
    await closeSignIn();
    unfollowSessions();
    await sessions.close();
    await passes.close();
    await admin.close();
  }

  return {
    addresses,
    certificates,
    admin,
    status,
    notices,
    reload: async (next) => {
      if (next !== undefined) {
        adopt(next, { timeouts, limits, hsts, admission, upstreams, routing, revocation, log });
        inForce = next;
      }
      return [...(await users.reload()), ...(await scopes.reload()), ...(await passes.reload()), ...(await certificates.reload())];
    },
    close: async ({ grace = timeouts.drain, signal } = {}) => {
      draining = true;
      await drain({ servers, connections, accepted }, grace, signal);
      await release();
    },
  };
}

/** `x-forwarded-user` as `X-Forwarded-User`: field names are case-insensitive, and people read this one in logs. */
function fieldName(key: string): string {
  return key.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
}
