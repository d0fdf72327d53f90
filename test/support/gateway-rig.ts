import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { connectGateway, makeDevice, type GatewayClient } from "./gateway-client.ts";
import { prepareEdge, type EdgeProcess } from "./gateway-edge.ts";
import { fetchHttp } from "./gateway-http.ts";
import { DEFAULT_OPENCLAW_VERSION, installedGateway } from "./gateway-package.ts";
import { startProvider, type Provider } from "./gateway-provider.ts";
import type { Dial, FieldLines } from "./gateway-websocket.ts";
import { GATEWAY_PORT, prepareGateway, type Gateway } from "./gateway.ts";
import { CLIENT_ADDRESS, insideNamespace } from "./namespace.ts";

export const DOMAIN = "gateway.test";
export const ORIGIN = `https://${DOMAIN}`;
/** What the edge writes into X-OpenClaw-Scopes for everybody. */
export const SCOPES = "operator.read,operator.write,operator.approvals,operator.questions";
/** alice and carol may use the Gateway; bob can sign in at the edge, but the Gateway does not know him. */
export const PASSWORDS = { alice: "alice's own password", bob: "bob's own password", carol: "carol's own password" } as const;
export type UserName = keyof typeof PASSWORDS;

/** Milliseconds for a piece to come through on a busy machine; whoever holds it back lets it never come. */
export const PATIENCE = 10_000;

/** Model provider ← Gateway ← edge, as on an operator's machine; every port is the product's default. */
export interface Rig {
  readonly provider: Provider;
  readonly gateway: Gateway;
  readonly edge: EdgeProcess;
  /** Through the edge, as a client from elsewhere. */
  readonly through: Dial;
  /** Straight to the Gateway: for what it would believe if the edge were not there. */
  readonly straight: Dial;
  readonly buildId: string;
  /** The WebSocket of a signed-in Control UI: alice's, with the right Origin. */
  connect(options?: {
    readonly user?: UserName;
    readonly fields?: FieldLines;
    readonly dial?: Dial;
    readonly scopes?: readonly string[];
  }): Promise<GatewayClient>;
  close(): Promise<void>;
}

/** Why the suite can't run in this process; undefined: it can. */
export function skipReason(): string | undefined {
  if (process.env["EDGE_TEST_SKIP"]) return process.env["EDGE_TEST_SKIP"];
  if (!insideNamespace()) return "it needs a network namespace and the real Gateway: npm run test:gateway";
  return installedGateway(version()) === undefined ? `openclaw ${version()} is not installed: npm run test:gateway` : undefined;
}

/** The Authorization line of a user with the right password, or with the one given. */
export const basic = (user: string, password: string = PASSWORDS[user as UserName]): readonly [string, string] => [
  "Authorization",
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
];

/** The lines that an edge sends to the Gateway for a user; with `straight` they show what the Gateway makes of them. */
export const injected = (user: string, address = CLIENT_ADDRESS): FieldLines => [
  ["X-Forwarded-User", user],
  ["X-Forwarded-For", address],
  ["X-Forwarded-Proto", "https"],
  ["X-Forwarded-Host", DOMAIN],
];

/** Starts everything; the Gateway alone takes 12 to 27 s. */
export async function startRig(): Promise<Rig> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "openclaw-edge-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const provider = await startProvider();
  stack.defer(() => provider.close());
  const command = installedGateway(version()) as string;
  const gateway = await prepareGateway({ command, origin: ORIGIN, model: provider.baseUrl, users: ["alice", "carol"] });
  stack.defer(() => gateway.dispose());
  const edge = await prepareEdge({ directory, domain: DOMAIN, users: PASSWORDS });
  stack.defer(async () => void (await edge.stop()));
  await Promise.all([gateway.start(), edge.start()]);

  const through: Dial = { host: CLIENT_ADDRESS, port: 443, tls: { servername: DOMAIN, ca: edge.ca }, authority: DOMAIN };
  const straight: Dial = { host: "127.0.0.1", port: GATEWAY_PORT, authority: DOMAIN };
  const config = await fetchHttp(straight, { path: "/control-ui-config.json", fields: injected("alice") });
  const buildId = (JSON.parse(config.body.toString()) as { readonly serverBuildId: string }).serverBuildId;
  const devices = new Map<string, ReturnType<typeof makeDevice>>();
  const owned = stack.move();

  return {
    provider,
    gateway,
    edge,
    through,
    straight,
    buildId,
    connect({ user = "alice", fields = [], dial = through, scopes } = {}) {
      const device = devices.get(user) ?? makeDevice();
      devices.set(user, device);
      const signIn = dial === straight ? injected(user) : [basic(user)];
      return connectGateway({ dial, device, buildId, fields: [["Origin", ORIGIN], ...signIn, ...fields], ...(scopes && { scopes }) });
    },
    close: () => owned.disposeAsync(),
  };
}

const version = (): string => process.env["OPENCLAW_VERSION"] ?? DEFAULT_OPENCLAW_VERSION;
