import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { expect, it } from "vitest";

import { connectGateway, makeDevice, type GatewayClient } from "../support/gateway-client.ts";
import { fetchHttp } from "../support/gateway-http.ts";
import { basic, DOMAIN, type Rig } from "../support/gateway-rig.ts";
import { HandshakeRefused } from "../support/gateway-websocket.ts";

const IDLE = 40_000;
let idle: { readonly client: GatewayClient; readonly since: number };

/** Opened first and asked last, so that the 40 s cost nothing. */
export async function startIdleSocket(rig: Rig): Promise<void> {
  const client = await rig.connect({ user: "carol" });
  idle = { client, since: Date.now() };
}

export function webSocket(rig: () => Rig): void {
  it("carries a frame of 24 MiB to the Gateway and one back, to the last byte", async () => {
    const { socket, request } = await rig().connect();
    const path = randomBytes(12 * 1024 * 1024).toString("hex");
    // The Gateway repeats the path that it did not find.
    const reply = await request("agents.workspace.get", { agentId: "main", path });
    expect(reply.ok).toBe(false);
    expect(reply.error.details?.["path"] === path, "the echo is equal").toBe(true);
    await socket.close();
  });

  it("answers many requests in flight on one socket", async () => {
    const { socket, request } = await rig().connect();
    const replies = await Promise.all(Array.from({ length: 50 }, () => request("users.self", {})));
    expect(replies.map((reply) => (reply.payload["profile"] as { readonly displayName: string }).displayName)).toEqual(
      Array(50).fill("alice"),
    );
    await socket.close();
  });

  it.for([
    ["another site", "https://evil.test"],
    ["http in place of https", `http://${DOMAIN}`],
    ["another port", `https://${DOMAIN}:8443`],
    ["a name that only begins alike", `https://${DOMAIN}.evil.test`],
    ["an opaque origin", "null"],
  ])("refuses the Origin of %s: the edge by 403, or the Gateway by 1008", async ([, origin]) => {
    const outcome = await refusal(rig(), origin as string);
    expect(["403", "1008 CONTROL_UI_ORIGIN_NOT_ALLOWED"]).toContain(outcome);
  });

  it("is not opened by an Upgrade to anything else, which is dropped (h2c: node:http would raise it as an upgrade)", async () => {
    const upgrade = [
      ["Connection", "Upgrade, HTTP2-Settings"],
      ["Upgrade", "h2c"],
      ["HTTP2-Settings", "AAMAAABkAAQCAAAAAAIAAAAA"],
    ] as const;
    const reply = await fetchHttp(rig().through, { path: "/control-ui-config.json", fields: [basic("alice"), ...upgrade] });
    expect(reply.status).toBe(200);
  });

  it("stays usable after 40 s in which the client said nothing", async () => {
    await sleep(Math.max(0, idle.since + IDLE - Date.now()));
    const reply = await idle.client.request("users.self", {});
    expect(reply).toMatchObject({ ok: true, payload: { profile: { displayName: "carol" } } });
    expect(idle.client.socket.pings, "the Gateway's pings came through").toBeGreaterThan(0);
    await idle.client.socket.close();
  });
}

async function refusal(rig: Rig, origin: string): Promise<string> {
  try {
    const fields = [["Origin", origin], basic("alice")] as const;
    const { hello, socket } = await connectGateway({ dial: rig.through, fields, device: makeDevice(), buildId: rig.buildId });
    if (hello.ok) return "accepted";
    return `${(await socket.closed).code} ${String(hello.error.details?.["code"])}`;
  } catch (error) {
    if (error instanceof HandshakeRefused) return String(error.status);
    throw error;
  }
}
