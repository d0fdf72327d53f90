import { expect, it } from "vitest";

import { fetchHttp, type HttpResponse } from "../support/gateway-http.ts";
import { basic, injected, SCOPES, type Rig } from "../support/gateway-rig.ts";
import type { Dial, FieldLines } from "../support/gateway-websocket.ts";
import { CLIENT_ADDRESS, CLIENT_ADDRESS_6 } from "../support/namespace.ts";

/** The alias rule: `_`, `.` and case are one (CVE-2025-64484). */
const USER_SPELLINGS = [
  "X-Forwarded-User",
  "x-forwarded-user",
  "X-FORWARDED-USER",
  "X_Forwarded_User",
  "x.forwarded.user",
  "X-Forwarded_User",
  "x_forwarded.USER",
];
const USERS = USER_SPELLINGS.map((name) => [name, "carol"] as const);
const ADDRESSES: FieldLines = [
  ["X-Forwarded-For", "203.0.113.66"],
  ["X-Forwarded-For", "127.0.0.1"],
  ["x_forwarded_for", "203.0.113.66"],
  ["x.forwarded.for", "203.0.113.66"],
  ["X-Real-IP", "203.0.113.66"],
  ["x_real_ip", "203.0.113.66"],
  ["Forwarded", "for=203.0.113.66;host=evil.test;proto=http"],
  ["True-Client-IP", "203.0.113.66"],
  ["CF-Connecting-IP", "203.0.113.66"],
  ["X-Forwarded-Proto", "http"],
  ["X-Forwarded-Host", "evil.test"],
  ["x_forwarded_host", "evil.test"],
  ["X-Forwarded-Port", "1"],
  ["X-Forwarded-Prefix", "/evil"],
  ["Tailscale-User-Login", "carol"],
  ["tailscale_user_login", "carol"],
];
const ADMIN: FieldLines = ["X-OpenClaw-Scopes", "x-openclaw-scopes", "x_openclaw_scopes", "x.openclaw.scopes"].map((name) => [
  name,
  "operator.admin",
]);

export function identity(rig: () => Rig): void {
  it("is the signed-in user's, from the address that the client really has", async () => {
    const { hello, presence } = await once(rig(), {});
    expect(hello.error).toBeUndefined();
    expect(presence).toMatchObject({ ip: CLIENT_ADDRESS, user: { email: "alice" }, scopes: SCOPES.split(",").toSorted() });
  });

  it("is the same over IPv6, with the IPv6 address", async ({ skip }) => {
    const dial = { ...rig().through, host: CLIENT_ADDRESS_6 };
    const reply = await fetchHttp(dial, { path: "/", fields: [basic("alice")] }).catch((error: NodeJS.ErrnoException) => error);
    if (reply instanceof Error && (reply.code === "EADDRNOTAVAIL" || reply.code === "ENETUNREACH")) skip("this kernel has no IPv6");
    const { presence } = await once(rig(), { dial });
    expect(presence).toMatchObject({ ip: CLIENT_ADDRESS_6, user: { email: "alice" } });
  });

  it("is not taken to the Gateway from a client on the same machine, who is told why instead", async () => {
    const { straight, through } = rig();
    const gateways = await fetchHttp(straight, { path: "/", fields: injected("alice", "127.0.0.1") });
    expect(gateways.status).toBe(403);
    expect(gateways.body.toString()).toContain("proxy_attribution_required");
    for (const host of ["127.0.0.1", "::1"]) {
      const reply = await fetchHttp({ ...through, host }, { path: "/", fields: [basic("alice"), ["Accept", "text/html"]] });
      expect.soft(reply.status, host).toBe(403);
      expect.soft(reply.body.toString(), host).toMatch(/<h1>[^]*proxy_attribution_required/);
    }
  });

  it("would be whoever the field names, were the edge not there (what the next tests defend against)", async () => {
    const { straight, buildId } = rig();
    const claimed = await fetchHttp(straight, { path: "/control-ui-config.json", fields: injected("carol", "203.0.113.66") });
    expect(JSON.parse(claimed.body.toString())).toMatchObject({ serverBuildId: buildId });
    const stranger = await fetchHttp(straight, { path: "/control-ui-config.json", fields: injected("bob") });
    expect(stranger.status).toBe(401);
    const { presence } = await once(rig(), { dial: straight, user: "carol" });
    expect(presence).toMatchObject({ user: { email: "carol" } });
  });

  it.for([...USERS, ...ADDRESSES])("is not changed by the client's own %s: %s", async (line) => {
    const { presence } = await once(rig(), { fields: [line] });
    expect(presence).toMatchObject({ ip: CLIENT_ADDRESS, user: { email: "alice" } });
  });

  it("is not changed by all of them at once, each twice", async () => {
    const { presence } = await once(rig(), { fields: [...USERS, ...USERS, ...ADDRESSES, ...ADDRESSES] });
    expect(presence).toMatchObject({ ip: CLIENT_ADDRESS, user: { email: "alice" } });
  });

  it.for(USER_SPELLINGS)("is not lent to a user whom the Gateway does not know by %s: alice", async (name) => {
    const http = await fetchHttp(rig().through, { path: "/control-ui-config.json", fields: [basic("bob"), [name, "alice"]] });
    expect(http.status).toBe(401);
    const { hello } = await once(rig(), { user: "bob", fields: [[name, "alice"]] });
    expect(hello).toMatchObject({ ok: false, error: { details: { authReason: "trusted_proxy_user_not_allowed" } } });
  });

  it("is not removed by a Connection field that names the edge's own fields (RFC 9110 §7.6.1)", async () => {
    const nominated = ["Connection", "X-Forwarded-User, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-OpenClaw-Scopes"] as const;
    const http = await fetchHttp(rig().through, { path: "/control-ui-config.json", fields: [basic("alice"), nominated] });
    expect(http.status).toBe(200);
    const scoped = await chooseModel(rig().through, [basic("alice"), nominated]);
    expect(scoped.status).toBe(403);
    const { presence } = await once(rig(), { fields: [nominated] });
    expect(presence).toMatchObject({ ip: CLIENT_ADDRESS, user: { email: "alice" } });
  });

  it("would have operator.admin without X-OpenClaw-Scopes, were the edge not to set it", async () => {
    expect((await chooseModel(rig().straight, injected("alice"))).status).toBe(200);
  });

  it.for([
    { asking: "nothing", fields: [] },
    ...ADMIN.map((line) => ({ asking: line[0], fields: [line] })),
    { asking: "all of these", fields: ADMIN },
  ])("has no operator.admin over HTTP, asking for it with $asking", async ({ fields }) => {
    const reply = await chooseModel(rig().through, [basic("alice"), ...fields]);
    expect(reply.status).toBe(403);
    expect(JSON.parse(reply.body.toString())).toMatchObject({ error: { details: { missingScope: "operator.admin" } } });
  });

  it("keeps its own scopes where the client sends an empty X-OpenClaw-Scopes", async () => {
    const body = JSON.stringify({ tool: "agents_list", args: {} });
    const reply = await fetchHttp(rig().through, {
      method: "POST",
      path: "/tools/invoke",
      fields: [basic("alice"), ["X-OpenClaw-Scopes", ""], JSON_TYPE],
      body,
    });
    expect(reply.status).toBe(200);
  });

  it("has no operator.admin over a WebSocket, whatever is asked for", async () => {
    const { hello, presence } = await once(rig(), { fields: ADMIN, scopes: [...SCOPES.split(","), "operator.admin"] });
    const granted = hello.ok ? presence?.["scopes"] : [];
    expect(granted).not.toContain("operator.admin");
  });
}

const JSON_TYPE = ["Content-Type", "application/json"] as const;

/** Choosing the model takes operator.admin (docs/gateway/openai-http-api.md). */
const chooseModel = (dial: Dial, fields: FieldLines): Promise<HttpResponse> =>
  fetchHttp(dial, {
    method: "POST",
    path: "/v1/chat/completions",
    fields: [...fields, JSON_TYPE, ["X-OpenClaw-Model", "mock/mock-1"]],
    body: JSON.stringify({ model: "openclaw", messages: [{ role: "user", content: "hello" }] }),
  });

/** Connects, and leaves again. */
async function once(rig: Rig, options: Parameters<Rig["connect"]>[0]): ReturnType<Rig["connect"]> {
  const client = await rig.connect(options);
  await client.socket.close();
  return client;
}
