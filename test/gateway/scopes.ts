import { join } from "node:path";

import { expect, it } from "vitest";

import { devicesByProxy, gatewayDatabase } from "../../src/gateway/paired-devices.ts";
import { run } from "../cli/run-command.ts";
import { fetchHttp, type HttpResponse } from "../support/gateway-http.ts";
import { basic, type Rig } from "../support/gateway-rig.ts";

const JSON_TYPE = ["Content-Type", "application/json"] as const;
const USUAL = ["operator.approvals", "operator.questions", "operator.read", "operator.write"];

/** What the lesser user may not do is refused by the Gateway itself. Alice and Carol begin with the usual scopes; nobody is the owner. */
export function scopes(rig: () => Rig): void {
  const user = async (...args: readonly string[]): Promise<void> => {
    const { htpasswd, state } = rig().edge.files;
    const { code, stderr } = await run(["user", ...args, "--htpasswd", htpasswd, "--state", state, "--config", "off"]);
    expect([code, stderr]).toEqual([0, ""]);
  };
  /** Over the WebSocket, as the Gateway grants them. */
  const granted = async (name: "alice" | "carol"): Promise<readonly string[]> => {
    const { socket, presence } = await rig().connect({ user: name, scopes: [...USUAL, "operator.admin"] });
    await socket.close();
    return (presence?.["scopes"] as readonly string[] | undefined) ?? [];
  };

  it("the owner may do what takes operator.admin over HTTP, and nobody else", async () => {
    await eventuallyStatus(() => chooseModel(rig(), "carol"), 403);
    await user("scopes", "carol", "--owner");
    await eventuallyStatus(() => chooseModel(rig(), "carol"), 200);
    expect((await chooseModel(rig(), "alice")).status).toBe(403);
  });

  it("the owner gets over a WebSocket what his device was approved for: the edge's field caps, and never grants", async () => {
    expect(await granted("carol")).not.toContain("operator.admin");
  });

  it("the owner gets operator.admin over a WebSocket where identityScopes names him, as the README has it, and nobody else by that", async () => {
    expect((await granted("alice")).toSorted()).toEqual(USUAL); // named there, and no owner yet
    await user("scopes", "alice", "--owner");
    await expect.poll(() => granted("alice").catch(() => "cut"), { timeout: 5_000 }).toContain("operator.admin");
    await user("scopes", "carol", "--owner");
    await expect.poll(() => granted("alice").catch(() => ["operator.admin"]), { timeout: 5_000 }).not.toContain("operator.admin");
    expect((await granted("alice")).toSorted()).toEqual(USUAL);
  });

  it("somebody who may only read is cut, comes back, and may not write, by HTTP or WebSocket", async () => {
    expect((await invoke(rig(), "alice")).status).toBe(200);
    const { socket } = await rig().connect({ user: "alice" });
    await user("scopes", "alice", "read");
    await expect(socket.closed).resolves.toMatchObject({ code: 4001 });
    await eventuallyStatus(() => invoke(rig(), "alice"), 403);
    expect((await fetchHttp(rig().through, { path: "/control-ui-config.json", fields: [basic("alice")] })).status).toBe(200);
    expect(await granted("alice")).toEqual(["operator.read"]);
  });

  it("somebody with no scopes at all gets none, and not the Gateway's full set", async () => {
    await user("scopes", "alice", "none");
    // Whoever connects before the edge has seen the change is cut like those who were there.
    await expect.poll(() => granted("alice").catch(() => "cut"), { timeout: 5_000 }).toEqual([]);
    expect((await invoke(rig(), "alice")).status).toBe(403);
    await user("scopes", "alice", "default");
    await eventuallyStatus(() => invoke(rig(), "alice"), 200);
    expect((await granted("alice")).toSorted()).toEqual(USUAL);
  });

  it("the devices that were paired through the edge are found in the Gateway's database while it runs", async () => {
    const { device, socket } = await rig().connect({ user: "alice" });
    await socket.close();
    const found = await devicesByProxy(gatewayDatabase({}, rig().gateway.home));
    expect(found?.map(({ id }) => id)).toContain(device.id);
    expect(gatewayDatabase({}, "/home/x")).toBe(join("/home/x", ".openclaw", "state", "openclaw.sqlite"));
  });
}

/** Takes operator.admin (docs/gateway/openai-http-api.md). */
const chooseModel = (rig: Rig, name: "alice" | "carol"): Promise<HttpResponse> =>
  fetchHttp(rig.through, {
    method: "POST",
    path: "/v1/chat/completions",
    fields: [basic(name), JSON_TYPE, ["X-OpenClaw-Model", "mock/mock-1"]],
    body: JSON.stringify({ model: "openclaw", messages: [{ role: "user", content: "hello" }] }),
  });

/** Takes operator.write (docs/gateway/tools-invoke-http-api.md). */
const invoke = (rig: Rig, name: "alice"): Promise<HttpResponse> =>
  fetchHttp(rig.through, {
    method: "POST",
    path: "/tools/invoke",
    fields: [basic(name), JSON_TYPE],
    body: JSON.stringify({ tool: "agents_list", args: {} }),
  });

/** The edge watches the record: what a command wrote is in force a moment later. */
async function eventuallyStatus(ask: () => Promise<HttpResponse>, status: number): Promise<void> {
  let last = 0;
  for (let attempt = 0; attempt < 20 && last !== status; attempt++) {
    ({ status: last } = await ask());
    if (last !== status) await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(last).toBe(status);
}
