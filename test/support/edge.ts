import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, onTestFinished } from "vitest";

import type { EdgeConfig } from "../../src/config/edge-config.ts";
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS, type Limits, type Timeouts } from "../../src/config/limits.ts";
import { createEdge, type Edge } from "../../src/edge.ts";
import { makeAuthority, makeCertificate, type TestAuthority } from "./certificates.ts";
import { pause } from "./eventually.ts";
import { rawClient, type RawClient, type RawClientOptions } from "./raw-client.ts";
import { startRawUpstream, type RawUpstream, type UpstreamScript } from "./raw-upstream.ts";
import { recordingLog, type RecordingLog } from "./recording-log.ts";
import { usersText } from "./users-text.ts";
import { wholeConfig } from "./whole-config.ts";

export const DOMAIN = "ai.example.com";
/** Who may sign in unless a test says otherwise. */
export const USERS = { alice: "correct horse", bob: "battery staple" } as const;

/** The value of an Authorization field. */
export const basic = (name: string, password: string): string => `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
export const ALICE = basic("alice", USERS.alice);
export const BOB = basic("bob", USERS.bob);

export interface TestEdgeOptions extends Partial<Omit<EdgeConfig, "upstream" | "timeouts" | "limits" | "htpasswd" | "state">> {
  /** A port of 127.0.0.1, or any target. */
  readonly upstream: number | EdgeConfig["upstream"];
  /** Passwords by name; default `USERS`. */
  readonly users?: Readonly<Record<string, string>>;
  /** bcrypt's cost. Default 4, the lowest: most tests are not about bcrypt. */
  readonly cost?: number;
  readonly timeouts?: Partial<Timeouts>;
  readonly limits?: Partial<Limits>;
  /** The certificate's issuer; default a test authority. */
  readonly issuer?: TestAuthority;
}

/** A real edge in this process, on free ports of 127.0.0.1. */
export interface TestEdge {
  readonly edge: Edge;
  readonly port: number;
  /** Of the redirecting listener. */
  readonly httpPort: number;
  /** PEM of the authority that clients have to trust. */
  readonly ca: string;
  readonly log: RecordingLog;
  /** Path of the htpasswd file. */
  readonly htpasswd: string;
  /** Path of the state directory. */
  readonly state: string;
  readonly config: EdgeConfig;
  /** Connects by TLS, with the certificate checked. */
  connect(options?: Partial<RawClientOptions>): Promise<RawClient>;
  /** Replaces the users file at once, as an operator's tool does: by a rename. */
  setUsers(users: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
}

let authority: Promise<TestAuthority> | undefined;

/** Starts an edge; whoever starts it closes it. */
export async function startEdge(options: TestEdgeOptions): Promise<TestEdge> {
  const { upstream, users = USERS, cost = 4, timeouts, limits, issuer = await (authority ??= makeAuthority()), ...config } = options;
  const domains = config.domains ?? [{ kind: "name", value: DOMAIN }];
  const directory = await mkdtemp(join(tmpdir(), "openclaw-edge-"));
  const { chain, key } = await makeCertificate({ names: domains.map(({ value }) => value), issuer });
  const certificateFile = join(directory, "fullchain.pem");
  const keyFile = join(directory, "privkey.pem");
  const htpasswd = join(directory, "users.htpasswd");
  const state = join(directory, "state");
  await mkdir(state, { mode: 0o700 });
  await chmod(directory, 0o700);
  await Promise.all([writeFile(certificateFile, chain), writeFile(keyFile, key, { mode: 0o600 }), writeUsers(htpasswd, users, cost)]);
  const log = recordingLog();
  const whole = wholeConfig({
    domains,
    upstream: typeof upstream === "number" ? { kind: "tcp", host: "127.0.0.1", port: upstream } : upstream,
    htpasswd,
    tls: { kind: "files", certificate: certificateFile, key: keyFile },
    state,
    ...config,
    timeouts: { ...DEFAULT_TIMEOUTS, ...timeouts },
    limits: { ...DEFAULT_LIMITS, ...limits },
  });
  const edge = await createEdge(whole, { log });
  const port = edge.addresses.https[0]?.port ?? 0;
  const clients: RawClient[] = [];
  let closing: Promise<void> | undefined;
  return {
    edge,
    port,
    httpPort: edge.addresses.http[0]?.port ?? 0,
    ca: issuer.root,
    log,
    htpasswd,
    state,
    config: whole,
    async connect(clientOptions) {
      const client = await rawClient({ port, ca: issuer.root, ...clientOptions });
      clients.push(client);
      return client;
    },
    setUsers: (next) => writeUsers(htpasswd, next, cost),
    close: () =>
      (closing ??= (async () => {
        for (const client of clients) client.destroy();
        await edge.close({ grace: 0 });
        await rm(directory, { recursive: true, force: true });
      })()),
  };
}

/** An edge in front of a scripted upstream; both go away with the test. */
export async function edgeWith(
  script?: UpstreamScript,
  options: Partial<TestEdgeOptions> = {},
): Promise<TestEdge & { readonly upstream: RawUpstream }> {
  const upstream = await startRawUpstream(script);
  onTestFinished(() => upstream.close());
  const edge = await startEdge({ ...options, upstream: options.upstream ?? upstream.port });
  onTestFinished(() => edge.close());
  return { ...edge, upstream };
}

/**
 * One edge for all tests of a file: its first sign-in costs a quarter of a second. It keeps no idle upstream connection, so every
 * request has an upstream connection of its own, and the log, the upstream's connections and its script are new for each test.
 */
export function edgeForFile(options: Partial<TestEdgeOptions> = {}): SharedEdge {
  let edge: TestEdge | undefined;
  let upstream: RawUpstream | undefined;
  beforeAll(async () => {
    upstream = await startRawUpstream();
    edge = await startEdge({ upstream: upstream.port, ...options, limits: { idleUpstream: 0, ...options.limits } });
  });
  beforeEach(async () => {
    const { log, upstream: current } = shared;
    // The edge runs in this process: after some turns of the loop it has seen that the last test's clients left.
    for (let turn = 0; turn < 3; turn++) await pause(1);
    current.reset();
    current.script = () => {};
    for (const list of [log.entries, log.exchanges, log.failedSignIns, log.signIns]) list.length = 0;
  });
  afterAll(async () => {
    await edge?.close();
    await upstream?.close();
  });
  const started = <Value>(value: Value | undefined): Value => {
    if (value === undefined) throw new Error("The edge runs only while the tests of this file do.");
    return value;
  };
  const shared: SharedEdge = {
    get upstream() {
      return started(upstream);
    },
    get edge() {
      return started(edge);
    },
    get log() {
      return started(edge).log;
    },
    async connect(clientOptions) {
      const client = await started(edge).connect(clientOptions);
      onTestFinished(() => client.destroy());
      return client;
    },
  };
  return shared;
}

export interface SharedEdge {
  readonly edge: TestEdge;
  readonly upstream: RawUpstream;
  readonly log: RecordingLog;
  readonly connect: TestEdge["connect"];
}

async function writeUsers(path: string, users: Readonly<Record<string, string>>, cost: number): Promise<void> {
  await writeFile(`${path}.new`, await usersText(users, cost), { mode: 0o600 });
  await rename(`${path}.new`, path);
}
