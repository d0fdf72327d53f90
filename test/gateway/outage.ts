import { expect, it } from "vitest";

import { fetchHttp, openHttp, watchBody } from "../support/gateway-http.ts";
import { basic, PATIENCE, type Rig } from "../support/gateway-rig.ts";
import { openWebSocket } from "../support/gateway-websocket.ts";

export function outage(rig: () => Rig): void {
  it("ends open chats when it is killed, is replaced by 502 or 503 with Retry-After, and works again", async () => {
    const { gateway, provider, through } = rig();
    const chats = await Promise.all([rig().connect(), rig().connect({ user: "carol" }), rig().connect()]);
    const run = provider.expect("to be cut");
    const body = JSON.stringify({ model: "openclaw", stream: true, messages: [{ role: "user", content: "to be cut" }] });
    const stream = await openHttp(through, {
      method: "POST",
      path: "/v1/chat/completions",
      fields: [basic("alice"), ["Content-Type", "application/json"]],
      body,
    });
    const arriving = watchBody(stream.response);
    (await run).say("amber ");
    await arriving.waitFor("amber", PATIENCE);

    const killed = Date.now();
    await gateway.kill();
    const codes = await Promise.all(chats.map(async ({ socket }) => (await socket.closed).code));
    expect(codes).not.toContain(1000);
    // A clean end would pass half an answer off as a whole one.
    expect(await arriving.ended).toBe("cut");
    expect(Date.now() - killed).toBeLessThan(10_000);

    const down = await fetchHttp(through, { path: "/", fields: [basic("alice"), ["Accept", "text/html"]] });
    expect([502, 503]).toContain(down.status);
    expect(Number(down.fields["retry-after"])).toBeGreaterThan(0);
    expect(down.body.toString()).toMatch(/<h1>.*Gateway/);
    await expect(openWebSocket(through, "/", [basic("alice")])).rejects.toMatchObject({ status: down.status });
    expect((await fetchHttp(through, { path: "/" })).status, "strangers learn nothing of it").toBe(401);

    await gateway.start();
    expect((await fetchHttp(through, { path: "/", fields: [basic("alice")] })).status).toBe(200);
    const again = await rig().connect();
    expect(again.presence).toMatchObject({ user: { email: "alice" } });
    await again.socket.close();
  });
}
