import type net from "node:net";

import type { UsersFile } from "./auth/basic/users-file.ts";
import type { Sessions } from "./auth/session/sessions.ts";
import {
  connectionId,
  connectionNumber,
  END_SESSIONS,
  SESSIONS,
  type Ended,
  type EndRequest,
  type LiveConnection,
  type LivePage,
  type LiveRequest,
} from "./admin/live-connections.ts";
import type { Admin } from "./admin/open.ts";
import { STATUS, type ConnectionCounts, type Status, type ThrottleStatus } from "./admin/status.ts";
import type { Throttle } from "./auth/throttle/throttle.ts";
import type { Certificates } from "./certificates/manager.ts";
import type { EdgeConfig, UpstreamTarget } from "./config/edge-config.ts";
import type { Limits } from "./config/limits.ts";
import { shown } from "./config/read.ts";
import { ConfigurationError, type Problem } from "./errors.ts";
import type { BoundAddress } from "./listener/bind.ts";
import type { Connection } from "./listener/connection.ts";
import { forEachConnection } from "./listener/connections.ts";
import { snapshotOf, type ConnectionSnapshot } from "./listener/snapshot.ts";
import { maskTarget } from "./log/mask.ts";
import { askReadiness } from "./proxy/readiness.ts";
import type { Upstreams } from "./proxy/upstreams.ts";

/** What of a running edge its operator may look at and end. */
export interface AdminParts {
  readonly admin: Admin;
  readonly config: Pick<EdgeConfig, "state" | "domains">;
  readonly limits: Pick<Limits, "connections">;
  readonly addresses: { readonly https: readonly BoundAddress[]; readonly http: readonly BoundAddress[] };
  readonly users: UsersFile;
  readonly certificates: Certificates;
  readonly connections: ReadonlySet<Connection>;
  /** Sockets, those included that have said nothing yet. */
  readonly accepted: ReadonlySet<net.Socket>;
  readonly upstreams: Upstreams;
  readonly gateway: () => UpstreamTarget;
  readonly sessions: Pick<Sessions, "of" | "end" | "endAll" | "size">;
  readonly throttle: Pick<Throttle, "waiting">;
  readonly notices: () => readonly Problem[];
  /** Ends one connection: a WebSocket with a close frame, anything else at once. */
  readonly end: (connection: Connection) => void;
}

/** Milliseconds for the Gateway to answer `status`. */
const READINESS = 2_000;

/** Answers `status`, `sessions` and `sessions end`. @returns the first of them, for whoever is in the house */
export function serveAdmin(parts: AdminParts): () => Promise<Status> {
  parts.admin.serve(STATUS, () => status(parts));
  parts.admin.serve(SESSIONS, (request) => page(parts.connections, request));
  parts.admin.serve(END_SESSIONS, (request) => end(parts, request));
  return () => status(parts);
}

async function status(parts: AdminParts): Promise<Status> {
  const { admin, config, limits, addresses, users, sessions, certificates, connections, accepted, upstreams, throttle, notices } = parts;
  const { rss, heapUsed } = process.memoryUsage();
  const target = parts.gateway();
  const gateway = await askReadiness(upstreams.of(target), READINESS);
  return {
    process: { ...admin.holder, node: process.versions.node, uptime: Math.round(process.uptime()), memory: { rss, heapUsed } },
    state: config.state,
    names: config.domains.map(({ value }) => value),
    listening: { https: addresses.https.map(written), http: addresses.http.map(written) },
    certificates: certificates.expiries().map(({ name, expires }) => ({ name, expires: new Date(expires).toISOString() })),
    certificateSource: certificates.describe(),
    ...(certificates.authority !== undefined && { authority: certificates.authority }),
    users: { file: users.path, count: users.users.size },
    browsers: sessions.size,
    connections: counts(connections, accepted.size, limits.connections),
    gateway: { target: targetText(target), ...gateway },
    throttle: throttled(throttle.waiting()),
    notices: notices(),
  };
}

const throttled = ({ prefix, network, name, device }: ReturnType<Throttle["waiting"]>): ThrottleStatus => ({
  clients: prefix + network,
  names: name,
  devices: device,
});

function counts(connections: ReadonlySet<Connection>, open: number, limit: number): ConnectionCounts {
  const kinds = { websocket: 0, request: 0, idle: 0, ending: 0 };
  for (const connection of connections) kinds[connection.kind]++;
  const silent = Math.max(0, open - connections.size);
  return { open, limit, websockets: kinds.websocket, requests: kinds.request, idle: kinds.idle + kinds.ending, silent };
}

function page(connections: ReadonlySet<Connection>, { after, user, limit }: LiveRequest): LivePage {
  const from = after === undefined ? 0 : connectionNumber(after);
  const listed: LiveConnection[] = [];
  let total = 0;
  let anonymous = 0;
  let next: string | undefined;
  for (const connection of connections) {
    const { lastUser, exchange, kind, number } = connection;
    const isNobody = lastUser === undefined && exchange?.exemption === undefined;
    if (isNobody) anonymous++;
    if (isNobody || kind === "ending") continue;
    if (user !== undefined && lastUser?.name !== user) continue;
    total++;
    if (number <= from || next !== undefined) continue;
    if (listed.length === limit) next = listed.at(-1)?.id;
    else listed.push(live(snapshotOf(connection)));
  }
  return { connections: listed, total, anonymous, ...(next !== undefined && { next }) };
}

function live(snapshot: ConnectionSnapshot): LiveConnection {
  const { number, user, exemption, client, since, kind, method, target, received, sent } = snapshot;
  return {
    id: connectionId(number),
    user: user?.name,
    method: user?.method,
    credential: user?.credential,
    exemption: exemption?.name,
    client,
    since: new Date(since).toISOString(),
    kind: kind === "ending" ? "idle" : kind,
    what: method === undefined ? undefined : `${method} ${maskTarget(target ?? "")}`,
    received,
    sent,
  };
}

async function end({ connections, sessions, end: cut, users }: AdminParts, { which, signOut }: EndRequest): Promise<Ended> {
  if ("user" in which) return endUser(which.user);
  const number = connectionNumber(which.id);
  const connection = [...connections].find((candidate) => candidate.number === number);
  if (connection === undefined) {
    throw new ConfigurationError([
      {
        where: which.id,
        what: "No live connection has this id; it may have ended by itself.",
        mend: "What is live: openclaw-edge sessions.",
      },
    ]);
  }
  const named = live(snapshotOf(connection));
  const { user, method, credential } = named;
  const signsOut = signOut && method === "session" && user !== undefined && credential !== undefined;
  if (signsOut) await sessions.end(user, credential);
  cut(connection);
  return { connections: 1, named, browsers: signsOut ? 1 : 0 };

  async function endUser(name: string): Promise<Ended> {
    const browsers = sessions.of(name).length;
    const theirs = new Set([...connections].filter(({ lastUser, kind }) => lastUser?.name === name && kind !== "ending"));
    // Before the connections, or a browser would be back at once.
    await sessions.endAll(name);
    await forEachConnection(theirs, cut);
    const count = theirs.size;
    if (count + browsers === 0 && !users.users.has(name)) {
      throw new ConfigurationError([
        {
          where: shown(name),
          what: "There is no such user, and nothing of that name is live.",
          mend: "Who there is: openclaw-edge user list.",
        },
      ]);
    }
    return { connections: count, browsers };
  }
}

const written = ({ address, port }: BoundAddress): string => `${bracketed(address)}:${port}`;

const targetText = (upstream: UpstreamTarget): string =>
  upstream.kind === "unix" ? `unix:${upstream.path}` : `http://${bracketed(upstream.host)}:${upstream.port}`;

const bracketed = (host: string): string => (host.includes(":") ? `[${host}]` : host);
