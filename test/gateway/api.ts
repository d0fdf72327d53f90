import { setTimeout as sleep } from "node:timers/promises";

import { expect, it } from "vitest";

import { fetchHttp, openHttp, watchBody } from "../support/gateway-http.ts";
import { basic, PATIENCE, type Rig } from "../support/gateway-rig.ts";
import { HOOK_TOKEN } from "../support/gateway.ts";

const FIELDS = [basic("alice"), ["Content-Type", "application/json"]] as const;
export function api(rig: () => Rig): void {
  it.for([
    ["/v1/chat/completions", (text: string) => ({ messages: [{ role: "user", content: text }] })],
    ["/v1/responses", (text: string) => ({ input: text })],
  ] as const)("streams %s event by event, over a silence too", async ([path, prompt]) => {
    const marker = `stream of ${path}`;
    const run = rig().provider.expect(marker);
    const body = JSON.stringify({ model: "openclaw", stream: true, ...prompt(marker) });
    const { response } = await openHttp(rig().through, { method: "POST", path, fields: FIELDS, body });
    expect([response.statusCode, response.headers["content-type"]]).toEqual([200, expect.stringMatching(/^text\/event-stream/)]);
    const arriving = watchBody(response);
    const model = await run;

    // Each piece is said only after the one before it has arrived: whoever holds one back stops the test.
    for (const [word, silence] of [
      ["amber", 0],
      ["basalt", 0],
      ["cobalt", 4_000],
      ["dolomite", 0],
    ] as const) {
      await sleep(silence);
      model.say(`${word} `);
      await arriving.waitFor(word, PATIENCE);
    }
    model.end();
    expect(await arriving.ended).toBe("whole");
    expect(arriving.text()).toMatch(path === "/v1/responses" ? /response\.completed/ : /data: \[DONE\]\n\n$/);
  });

  it("takes a client's abort through to the model", async () => {
    const run = rig().provider.expect("to be left");
    const body = JSON.stringify({ model: "openclaw", stream: true, messages: [{ role: "user", content: "to be left" }] });
    const { response, abort } = await openHttp(rig().through, { method: "POST", path: "/v1/chat/completions", fields: FIELDS, body });
    const arriving = watchBody(response);
    const model = await run;
    model.say("amber ");
    await arriving.waitFor("amber", PATIENCE);

    const left = Date.now();
    abort();
    await model.aborted;
    expect(Date.now() - left).toBeLessThan(PATIENCE);
  });

  it("brings the Gateway a body of 20 MB, to its last byte", async () => {
    // The Gateway's own bound is 20 MiB. The padding lies in a field that it ignores: as a prompt it costs it 20 s.
    const run = rig().provider.expect("after the padding");
    const body = JSON.stringify({
      model: "openclaw",
      padding: "x".repeat(20_000_000),
      messages: [{ role: "user", content: "after the padding" }],
    });
    const reply = fetchHttp(rig().through, { method: "POST", path: "/v1/chat/completions", fields: FIELDS, body });
    const model = await run;
    model.say("all of it");
    model.end();
    expect((await reply).status).toBe(200);
    expect((await reply).body.toString()).toContain("all of it");
  });

  it("gives a client the Gateway's own refusal of a body that is too large", async () => {
    const reply = await fetchHttp(rig().through, {
      method: "POST",
      path: "/v1/chat/completions",
      fields: FIELDS,
      body: Buffer.alloc(22_000_000, "x"),
    });
    expect(reply.status).toBe(413);
    expect(reply.body.toString()).toContain("Payload too large");
  });

  it("lets a webhook's own token through beside the sign-in", async () => {
    const body = JSON.stringify({ text: "hello", mode: "next-heartbeat" });
    const post = (token: string): ReturnType<typeof fetchHttp> =>
      fetchHttp(rig().through, { method: "POST", path: "/hooks/wake", fields: [...FIELDS, ["X-OpenClaw-Token", token]], body });
    expect((await post(HOOK_TOKEN)).status).toBe(200);
    expect((await post("wrong")).status).toBe(401);
  });
}
