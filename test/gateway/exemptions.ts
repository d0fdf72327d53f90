import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, expect, it } from "vitest";

import { EXEMPTION_NAMES, exemption } from "../../src/gateway/exemptions.ts";
import { connectGateway, makeDevice, type Device, type GatewayClient } from "../support/gateway-client.ts";
import { prepareEdge, type EdgeProcess } from "../support/gateway-edge.ts";
import { fetchHttp, type HttpResponse } from "../support/gateway-http.ts";
import { basic, DOMAIN, injected, ORIGIN, PASSWORDS, type Rig } from "../support/gateway-rig.ts";
import { HandshakeRefused, openWebSocket, type Dial, type FieldLines } from "../support/gateway-websocket.ts";
import { HOOK_TOKEN, LOCAL_PASSWORD } from "../support/gateway.ts";
import { CLIENT_ADDRESS } from "../support/namespace.ts";

const PORT = 8443;
const WORKER = "/__openclaw__/worker";
const names = EXEMPTION_NAMES.filter((name) => exemption(name).port === undefined);
/** Every path of the Gateway that can be opened, with each of its methods. */
const open = names.flatMap((name) => {
  const { path, covers, methods } = exemption(name);
  return covers.flatMap((suffix) => methods.map((method) => ({ name, method, path: `${path}${suffix === "/*" ? "/abc" : suffix}` })));
});
const http = open.filter(({ method }) => method !== "UPGRADE");
const JSON_TYPE = ["Content-Type", "application/json"] as const;

/** What a connection may do, once it is closed again. */
async function scopesOf(connecting: Promise<GatewayClient>): Promise<unknown> {
  const { hello, socket } = await connecting;
  await socket.close();
  return (hello.payload["auth"] as { readonly scopes?: unknown }).scopes;
}

/** What the Gateway is told of somebody who has no user: it is what the edge sends for an exemption. */
const nobody: FieldLines = [...injected("nobody").filter(([name]) => name !== "X-Forwarded-User"), ["X-OpenClaw-Scopes", ""]];

export function exemptions(rig: () => Rig): void {
  /** An edge beside the suite's, with everything open that can be. */
  let edge: EdgeProcess;
  let through: Dial;
  let directory: string;
  /** carol's, who is removed from the edge before the first test; her device and its token are what she keeps. */
  let device: Device;
  let deviceToken: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "openclaw-edge-"));
    edge = await prepareEdge({ directory, domain: DOMAIN, users: PASSWORDS, port: PORT, flags: ["--expose", names.join(",")] });
    await edge.start();
    through = { host: CLIENT_ADDRESS, port: PORT, tls: { servername: DOMAIN, ca: edge.ca }, authority: `${DOMAIN}:${PORT}` };
    device = makeDevice();
    // Her device is approved through the suite's own edge, whose origin the Gateway knows; its token she gets on the Gateway's machine.
    const { buildId, straight } = rig();
    const first = await connectGateway({ dial: rig().through, fields: [["Origin", ORIGIN], basic("carol")], device, buildId });
    await first.socket.close();
    const local = await connectGateway({
      dial: straight,
      fields: [["Origin", ORIGIN]],
      device,
      buildId,
      auth: { password: LOCAL_PASSWORD },
    });
    await local.socket.close();
    expect(local.hello).toMatchObject({ ok: true, payload: { auth: { deviceToken: expect.any(String) } } });
    deviceToken = (local.hello.payload["auth"] as { readonly deviceToken: string }).deviceToken;
    const { carol: _, ...others } = PASSWORDS;
    await edge.setUsers(others);
    // A request of hers that is under way at that moment is cut.
    const isThere = async (): Promise<boolean> =>
      (await fetchHttp(through, { path: "/readyz", fields: [basic("carol")] }).catch(() => undefined))?.status !== 401;
    while (await isThere()) await sleep(100);
  }, 120_000);
  afterAll(async () => {
    await edge?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** A request without a sign-in. */
  const ask = (method: string, path: string, fields: FieldLines = [], dial = through): Promise<HttpResponse> =>
    fetchHttp(dial, { method, path, fields, ...(method === "POST" && { body: "{}" }) });
  const asRemoved = (dial: Dial, path: string, fields: FieldLines): Promise<GatewayClient> =>
    connectGateway({ dial, fields: [["Origin", ORIGIN], ...fields], device, auth: { deviceToken }, buildId: rig().buildId, path });

  it.for([...new Set(http.map(({ path }) => path))])(
    "would keep the agent for a removed user by her device token on %s, were an Upgrade not to need a sign-in there",
    async (path) => {
      // This is the attack: it works where the edge is not. The empty scopes are a second line that would hold it.
      const withoutScopes = nobody.filter(([name]) => name !== "X-OpenClaw-Scopes");
      if (path.startsWith("/api/")) await expect(asRemoved(rig().straight, path, nobody)).rejects.toMatchObject({ status: 401 });
      else {
        expect(await scopesOf(asRemoved(rig().straight, path, withoutScopes))).toContain("operator.write");
        expect(await scopesOf(asRemoved(rig().straight, path, nobody))).toEqual([]);
      }
      for (const fields of [[], [basic("carol")], [["Cookie", "__Host-openclaw-edge=ended"]]] as const)
        await expect(asRemoved(through, path, fields)).rejects.toSatisfy(
          (error) => error instanceof HandshakeRefused && [401, 403].includes(error.status),
        );
    },
  );

  it("lets a WebSocket without a sign-in through on the workers' path alone, where a device token is worth nothing", async () => {
    const socket = await openWebSocket(through, WORKER, []);
    const ended = socket.closed;
    const client = asRemoved(through, WORKER, []).then(
      ({ hello }) => hello.ok,
      () => false,
    );
    expect(await Promise.race([client, sleep(5_000, "no answer")])).not.toBe(true);
    socket.destroy();
    await ended;
    await expect(openWebSocket(through, `${WORKER}/x`, [])).rejects.toMatchObject({ status: 401 });
  });

  it.for(http)("brings the Gateway $method $path as nobody's, with the device token of a removed user, too", async ({ method, path }) => {
    const reply = await ask(method, path, [JSON_TYPE]);
    expect(reply.fields["www-authenticate"], "the edge's own 401 has a challenge").toBeUndefined();
    const straight = await ask(method, path, [...nobody, JSON_TYPE], rig().straight);
    expect(reply.status).toBe(straight.status);
    const claims: FieldLines = [
      ["Authorization", `Bearer ${deviceToken}`],
      ["X-Forwarded-User", "alice"],
      ["X-OpenClaw-Scopes", "operator.admin"],
      JSON_TYPE,
    ];
    const claimed = await ask(method, path, claims);
    expect(claimed.status).toBe(straight.status);
    expect(claimed.body.toString()).not.toContain("serverBuildId");
  });

  it("brings what is public and what has a token of its own to its end", async () => {
    const card = await ask("GET", "/share/card.png");
    expect([card.status, card.fields["content-type"]]).toEqual([200, "image/png"]);
    expect((await ask("GET", "/share/dashboard/main/deploy-6db92d48")).body.toString()).toContain("og:title");
    const wake = (token: string): Promise<HttpResponse> =>
      fetchHttp(through, {
        method: "POST",
        path: "/hooks/wake",
        fields: [["Authorization", `Bearer ${token}`], JSON_TYPE],
        body: JSON.stringify({ text: "hello", mode: "next-heartbeat" }),
      });
    expect((await wake(HOOK_TOKEN)).status).toBe(200);
    expect((await wake("wrong")).status).toBe(401);
    expect((await wake(deviceToken)).status).toBe(401);
    const join = await ask("GET", "/j/AAAAAAAAAAAAAAAAAAAAAA");
    expect([join.status, join.body.toString()]).toEqual([404, '{"error":"not_found"}']);
  });

  it("does not let a join code be redeemed behind what is open for something else, as the Gateway would", async () => {
    const code = "AAAAAAAAAAAAAAAAAAAAAA";
    const straight = await ask("GET", `/share/x/j/${code}`, nobody, rig().straight);
    expect([straight.status, straight.body.toString()]).toEqual([404, '{"error":"not_found"}']);
    for (const path of [`/share/j/${code}`, `/share/x/j/${code}`, `/discord/activity/j/${code}`]) {
      const reply = await ask("GET", path);
      expect.soft([reply.status, reply.fields["www-authenticate"] !== undefined], path).toEqual([401, true]);
    }
  });

  it("does not bring it what it would normalise to something else", async () => {
    const spellings = [
      "/share/..",
      "/share/%2e%2e",
      "/share/.%2e",
      "/hooks/%2E%2E",
      "/discord/activity/../..",
      "/share/..\\..",
      "/j/x/..%2f..",
    ].map((prefix) => `${prefix}/control-ui-config.json`);
    // That some of them are that very page at the Gateway is why.
    const normalised = await Promise.all(spellings.map((path) => ask("GET", path, injected("alice"), rig().straight)));
    expect(normalised.filter(({ body }) => body.includes("serverBuildId")).length).toBeGreaterThan(2);
    for (const path of spellings) {
      const reply = await ask("GET", path);
      expect.soft(reply.status, path).toBe(401);
      expect.soft(reply.fields["www-authenticate"], path).toBeDefined();
    }
  });

  it("still asks for a sign-in everywhere else, and gives it to who has one", async () => {
    for (const path of ["/", "/tools/invoke", "/v1/models", "/control-ui-config.json", "/share", "/hooks", "/api/nodes/watch/x"]) {
      const reply = await ask("POST", path);
      expect.soft([reply.status, reply.fields["www-authenticate"] !== undefined], path).toEqual([401, true]);
    }
    expect((await ask("GET", "/control-ui-config.json", [basic("alice")])).status).toBe(200);
  });
}
