import { expect, it } from "vitest";

import { fetchHttp } from "../support/gateway-http.ts";
import { basic, ORIGIN, type Rig } from "../support/gateway-rig.ts";
import { openWebSocket, type FieldLines } from "../support/gateway-websocket.ts";

const STRANGERS: readonly (readonly [what: string, fields: FieldLines])[] = [
  ["no credentials", []],
  ["a wrong password", [basic("alice", "wrong")]],
  ["another user's password", [basic("alice", "carol's own password")]],
  ["a user who does not exist", [basic("mallory", "anything")]],
  ["an empty password", [basic("alice", "")]],
  ["credentials that are no base64", [["Authorization", "Basic %%%"]]],
  ["the Gateway's own local password as Bearer", [["Authorization", "Bearer local-command-line-only"]]],
  ["two Authorization lines, the second one right", [basic("alice", "wrong"), basic("alice")]],
];

export function signIn(rig: () => Rig): void {
  it.for(STRANGERS)("refuses %s with 401 and a challenge, before the Gateway hears of it", async ([, fields]) => {
    const reply = await fetchHttp(rig().through, { path: "/control-ui-config.json", fields });
    // Two Authorization lines are refused by the grammar or by the sign-in.
    expect(fields.length > 1 ? [400, 401] : [401]).toContain(reply.status);
    if (reply.status === 401) expect(reply.fields["www-authenticate"]).toBeDefined();
    expect(reply.body.toString()).not.toContain("serverBuildId");
  });

  it.for(STRANGERS)("answers a WebSocket handshake with %s by 401, never by 101", async ([, fields]) => {
    const handshake = openWebSocket(rig().through, "/", [["Origin", ORIGIN], ...fields]);
    await expect(handshake).rejects.toMatchObject({
      status: expect.toSatisfy((status) => status === 401 || (fields.length > 1 && status === 400)),
    });
  });

  it("asks a client that is no browser for Basic with charset UTF-8 (RFC 7617)", async () => {
    const reply = await fetchHttp(rig().through, { path: "/" });
    expect(reply.fields["www-authenticate"]).toMatch(/^Basic realm="[^"]+", charset="UTF-8"$/);
  });

  it("does not serve another host name, whoever asks (421, RFC 9110 §15.5.20)", async () => {
    const reply = await fetchHttp({ ...rig().through, authority: "other.test" }, { path: "/", fields: [basic("alice")] });
    expect(reply.status).toBe(421);
  });
}
