import { expect, it } from "vitest";

import { fetchHttp, openHttp, watchBody } from "../support/gateway-http.ts";
import { basic, PATIENCE, type Rig } from "../support/gateway-rig.ts";

export function shutdown(rig: () => Rig): void {
  it("tells open WebSockets 1012, lets a running answer finish, takes nobody new, and exits with 0", async () => {
    const { edge, provider, through } = rig();
    const chats = await Promise.all([rig().connect(), rig().connect({ user: "carol" })]);
    const run = provider.expect("to be finished");
    const body = JSON.stringify({ model: "openclaw", stream: true, messages: [{ role: "user", content: "to be finished" }] });
    const stream = await openHttp(through, {
      method: "POST",
      path: "/v1/chat/completions",
      fields: [basic("alice"), ["Content-Type", "application/json"]],
      body,
    });
    const arriving = watchBody(stream.response);
    const model = await run;
    model.say("amber ");
    await arriving.waitFor("amber", PATIENCE);

    const began = Date.now();
    const exit = edge.stop();
    expect(await Promise.all(chats.map(async ({ socket }) => (await socket.closed).code))).toEqual([1012, 1012]);
    expect(Date.now() - began).toBeLessThan(5_000);
    await expect(fetchHttp(through, { path: "/", fields: [basic("alice")] })).rejects.toMatchObject({ code: "ECONNREFUSED" });

    model.say("basalt");
    model.end();
    expect(await arriving.ended).toBe("whole");
    expect(arriving.text()).toContain("basalt");
    expect(await exit).toBe(0);
    expect(Date.now() - began, "it does not wait for its whole drain time").toBeLessThan(9_000);
  });

  it("leaves the Gateway running, and comes back to it", async () => {
    await rig().edge.start();
    const { hello, socket } = await rig().connect();
    expect(hello.ok).toBe(true);
    await socket.close();
  });

  it("passes on the Gateway's own 1012 when it is the Gateway that stops", async () => {
    const chat = await rig().connect();
    const stopped = rig().gateway.stop();
    expect((await chat.socket.closed).code).toBe(1012);
    await stopped;
  });

  it("has written no password and no token into its log", () => {
    const { edge } = rig();
    expect(edge.output()).toContain("/control-ui-config.json");
    for (const secret of [
      "own password",
      "Basic ",
      "local-command-line-only",
      Buffer.from("alice:alice's own password").toString("base64"),
    ]) {
      expect.soft(edge.output()).not.toContain(secret);
    }
  });
}
