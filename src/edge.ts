import { randomBytes } from "node:crypto";
import type net from "node:net";

import { openAdmin } from "./admin/open.ts";
import type { AdminVerbs } from "./admin/server.ts";
import { findSharedAddresses } from "./auth/throttle/shared-address.ts";
import type { Certificates } from "./certificates/manager.ts";
import type { EdgeConfig } from "./config/edge-config.ts";
import { isPrivateTarget } from "./config/upstream-target.ts";
import type { Status } from "./admin/status.ts";
import { serveAdmin } from "./edge-admin.ts";
import { certificateNotices, serveCertificates } from "./edge-certificates.ts";
import { followClock } from "./edge-clock.ts";
import { openFiles, type EdgeFiles } from "./edge-files.ts";
import { revokeWith } from "./edge-revocation.ts";
import { openSignIn } from "./edge-sign-in.ts";
import { followSessionUse } from "./edge-session-use.ts";
import { openListeners, type InheritedSockets, type Listeners } from "./edge-listeners.ts";
import type { Problem } from "./errors.ts";
import type { Decide } from "./exchange.ts";
import { ownedFields } from "./headers/owned.ts";
import { Admission } from "./listener/admission.ts";
import type { BoundAddress } from "./listener/bind.ts";
import { FRESH, type Connection } from "./listener/connection.ts";
import type { ConnectionContext } from "./listener/connection-context.ts";
import { forEachConnection, whenEmpty, whenShaken } from "./listener/connections.ts";
import { membership } from "./listener/networks.ts";
import { answerHttp01, explainUntil } from "./listener/http-01.ts";
import { redirectTo } from "./listener/plain.ts";
import type { Log } from "./log/log.ts";
import { oncePerMinute } from "./log/once-per-minute.ts";
import { createPipeline } from "./pipeline.ts";
import { isReachable } from "./proxy/reachable.ts";
import { Sweeper } from "./proxy/sweeper.ts";
import { Upstreams, type PoolOptions } from "./proxy/upstreams.ts";
import { Routing, type RoutingConfig } from "./routes/routing.ts";

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

/** What of a configuration can change while the edge runs. */
export type LiveConfig = RoutingConfig & Partial<Pick<EdgeConfig, "timeouts" | "limits" | "hsts">>;

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
  warnOfPublicRoutes();
  const isTrustedHop = membership(config.trustedHops);
  const isContainersOwn = findSharedAddresses();
  const isShared = (address: string): boolean => isTrustedHop?.(address) === true || isContainersOwn(address);
  const { signIn, failedSignIn, throttle, close: closeSignIn } = await openSignIn({ config, files, limits, isShared, log });
  const admission = new Admission(limits.connections, limits.connectionsPerClient);
  const hosts = new Set(config.domains.map(({ value }) => value));
  const names = new Set(
    config.domains.filter(({ kind, value }) => kind === "name" && !certificates.isLocal(value)).map(({ value }) => value),
  );
  // Not with the local CA: whoever trusts it may leave it again. With a certificate that a browser does not trust, the browser itself
  // ignores the field (RFC 6797 §8.1).
  let hsts = hstsLine(config.hsts);

  const decide = createPipeline({
    isServed: (host) => hosts.has(host),
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
  const context = (scheme: "http" | "https", decideHere: Decide): ConnectionContext => ({
    decide: decideHere,
    grammar: {
      scheme,
      get fields() {
        return limits.headFields;
      },
    },
    upstreams: scheme === "https" ? upstreams : undefined,
    transfer: {
      get headSize() {
        return limits.headSize;
      },
      get headFields() {
        return limits.headFields;
      },
      get hold() {
        return timeouts.hold;
      },
      // Strict-Transport-Security is for names, over TLS (RFC 6797 §7.2, §8.1.1).
      hsts: (host) => (scheme === "https" && hsts !== "" && names.has(host) ? hsts : ""),
    },
    isTrustedHop,
    timeouts,
    limits,
    log,
    sweeper,
    connections,
    draining: () => draining,
  });
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

  const { challenges } = certificates;
  const redirect = (port: number): Decide => {
    const isServed = (host: string): boolean => hosts.has(host);
    const decideThere = redirectTo(isServed, () => port);
    if (challenges === undefined) return decideThere;
    const explained = explainUntil((host) => certificates.has(host), isServed, decideThere);
    return answerHttp01((token) => challenges.keyAuthorization(token), explained);
  };
  const listenEverywhere = (): Promise<Listeners> =>
    openListeners({
      config,
      accepting,
      certificates,
      https: context("https", decide),
      http: (httpsPort) => context("http", redirect(httpsPort)),
      monitoring: monitoring && (() => monitoring.createListener(context("http", redirect(0)), accepting)),
      inherited,
    });
  const { servers, addresses } = await withPrivilege(listenEverywhere).catch(async (error: unknown) => {
    await release();
    throw error;
  });

  certificates.start();

  const revocation = revokeWith(files, connections);

  /** What is open no more is cut for those who came by it; who is signed in stays, wherever his requests go from now on. */
  function reroute(next: RoutingConfig): void {
    const isClosed = routing.use(next, limits.exposeRate);
    upstreams.retain(routing.table.routes.map(({ target }) => target));
    revocation.close(isClosed);
    warnOfPublicRoutes();
  }

  function warnOfPublicRoutes(): void {
    for (const { target, path, host } of routing.table.routes) {
      if (!isPrivateTarget(target)) log.warn("A route leads to a public address; nothing on the way there is encrypted.", { host, path });
    }
  }

  function adopt(next: LiveConfig): void {
    Object.assign(timeouts, next.timeouts);
    Object.assign(limits, next.limits);
    if (next.hsts !== undefined) hsts = hstsLine(next.hsts);
    admission.bound(limits.connections, limits.connectionsPerClient);
    upstreams.use(poolOptions({ timeouts, limits }));
    reroute(next);
    inForce = next;
  }

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
      if (next !== undefined) adopt(next);
      return [...(await users.reload()), ...(await scopes.reload()), ...(await passes.reload()), ...(await certificates.reload())];
    },
    close: async ({ grace = timeouts.drain, signal } = {}) => {
      draining = true;
      for (const server of servers) server.close();
      const limit = AbortSignal.any([AbortSignal.timeout(grace), ...(signal === undefined ? [] : [signal])]);
      await forEachConnection(connections, (connection) => connection.drain(grace));
      await whenShaken(accepted, connections, AbortSignal.any([limit, AbortSignal.timeout(FRESH)]));
      await whenEmpty(connections, limit);
      await forEachConnection(connections, (connection) => connection.destroy("shutting_down"));
      // Whoever has said nothing yet, or is in the middle of a handshake, has no exchange to finish.
      for (const socket of accepted) socket.destroy();
      await release();
    },
  };
}

const hstsLine = (seconds: number): string => (seconds > 0 ? `Strict-Transport-Security: max-age=${seconds}\r\n` : "");

const poolOptions = ({ timeouts, limits }: Pick<EdgeConfig, "timeouts" | "limits">): PoolOptions => ({
  connectTimeout: timeouts.connect,
  writeTimeout: timeouts.write,
  idle: limits.idleUpstream,
});

/** `x-forwarded-user` as `X-Forwarded-User`: field names are case-insensitive, and people read this one in logs. */
function fieldName(key: string): string {
  return key.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
}
