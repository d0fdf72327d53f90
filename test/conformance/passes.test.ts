/** Device passes over real sockets: what opens, what the Gateway receives of it (nothing), and what a revocation cuts. */
import { appendFile, readFile } from "node:fs/promises";

import { beforeEach, describe, expect, test } from "vitest";

import { passesPath } from "../../src/auth/pass/edit-passes.ts";
import { newPass } from "../../src/auth/pass/pass-text.ts";
import { ALICE, basic, edgeForFile, edgeWith, USERS, type TestEdge } from "../support/edge.ts";
import { eventually, pause } from "../support/eventually.ts";
import { idOf, makePass, revokePass } from "../support/passes.ts";
import { answering, OK } from "../support/raw-upstream.ts";
import { raw, SWITCHING } from "../support/requests.ts";
import { accepting, closing, openTunnel } from "../support/tunnel.ts";

const DOMAIN = "ai.example.com";
/** Makes a pass as the command does, and waits until the edge takes it. */
async function create(edge: TestEdge, options: Parameters<typeof makePass>[1] = {}): Promise<string> {
  const text = await makePass(edge.state, options);
  await edge.edge.reload();
  return text;
}

const get = (...fields: readonly string[]): string => raw("GET / HTTP/1.1", [`Host: ${DOMAIN}`, ...fields]);

describe("a device pass", () => {
  const shared = edgeForFile();
  let pass = "";
  beforeEach(async () => {
    shared.upstream.script = answering(OK);
    pass = await create(shared.edge, { scopes: ["operator.read", "operator.pairing"] });
  });

  test.each([
    ["Bearer", () => [`Authorization: Bearer ${pass}`]],
    ["BEARER", () => [`Authorization: BEARER ${pass}`]],
    ["Basic, beside its user's name", () => [`Authorization: ${basic("alice", pass)}`]],
    ["the fields of a service token", () => [`CF-Access-Client-Id: ${idOf(pass)}`, `CF-Access-Client-Secret: ${pass}`]],
    ["a field of its own", () => [`X-OpenClaw-Edge-Pass: ${pass}`]],
  ])("opens by %s, and nothing of it reaches the Gateway", async (_, fields) => {
    const client = await shared.connect();
    client.write(get("Accept: */*", ...fields()));
    expect((await client.response()).status).toBe(200);
    const { text } = shared.upstream;
    expect(text).toContain("X-Forwarded-User: alice\r\n");
    expect(text).toContain("Accept: */*\r\n");
    for (const trace of [
      pass,
      pass.slice(15),
      idOf(pass),
      "oce_",
      "authorization",
      "cf-access",
      "edge-pass",
      Buffer.from(`:${pass}`).toString("base64").slice(4, 40),
    ]) {
      expect(text.toLowerCase()).not.toContain(trace.toLowerCase());
    }
    expect(shared.log.exchanges.at(-1)).toMatchObject({ user: "alice", signIn: "pass", status: 200 });
    expect(JSON.stringify([shared.log.exchanges, shared.log.entries])).not.toContain(pass.slice(15));
  });

  test("may do no more than its user, and no more than it was made for", async () => {
    const client = await shared.connect();
    client.write(get(`Authorization: Bearer ${pass}`));
    await client.response();
    // Alice is not the owner here: she has no pairing to give away.
    expect(shared.upstream.text).toMatch(/\r\nX-OpenClaw-Scopes: operator\.read\r\n/);
  });

  test("goes beside a Gateway's own token, which is passed on", async () => {
    const client = await shared.connect();
    client.write(get(`X-OpenClaw-Edge-Pass: ${pass}`, "Authorization: Bearer gateway-token"));
    expect((await client.response()).status).toBe(200);
    expect(shared.upstream.text).toContain("Authorization: Bearer gateway-token\r\n");
    expect(shared.upstream.text).not.toContain("oce_");
  });

  test("is taken out of every field that it may have been put into, right or wrong, whole or cut short", async () => {
    const client = await shared.connect();
    client.write(
      get(
        `X-OpenClaw-Edge-Pass: ${pass}`,
        `Authorization: Token ${pass}`,
        `X-Api-Key: ${newPass().text}`,
        `X_OpenClaw_Edge_Pass: ${pass}`,
        `Cookie: a=b; pass=${pass}; c=d`,
        `Cookie: ${pass}`,
        `Referer: https://${DOMAIN}/?pass=${pass.slice(0, 40)}`,
        "X-Kept: oce_ is no pass",
      ),
    );
    expect((await client.response()).status).toBe(200);
    const { text } = shared.upstream;
    expect(text).toContain("Cookie: a=b; c=d\r\n");
    expect(text).toContain("X-Kept: oce_ is no pass\r\n");
    expect(text.match(/oce_/g)).toHaveLength(1);
    expect(text.match(/cookie/gi)).toHaveLength(1);
  });

  test.each([
    ["of an unknown id", () => [`Authorization: Bearer ${newPass().text}`], "pass_wrong"],
    ["with the right id and a wrong secret", () => [`Authorization: Bearer oce_${idOf(pass)}_${newPass().text.slice(15)}`], "pass_wrong"],
    ["cut short", () => [`X-OpenClaw-Edge-Pass: ${pass.slice(0, -1)}`], "pass_wrong"],
    ["of 8 KB", () => [`Authorization: Bearer ${pass}${"A".repeat(8_192)}`], "pass_wrong"],
    ["twice", () => [`X-OpenClaw-Edge-Pass: ${pass}`, `X-OpenClaw-Edge-Pass: ${pass}`], "pass_wrong"],
    ["without the id that belongs to the field", () => [`CF-Access-Client-Secret: ${pass}`], "pass_wrong"],
    [
      "that is wrong, though the password beside it is right",
      () => [`X-OpenClaw-Edge-Pass: ${newPass().text}`, `Authorization: ${ALICE}`],
      "pass_wrong",
    ],
  ])("%s is answered 401 with a Bearer challenge, is an event in the log, and reaches nobody", async (_, fields, code) => {
    const client = await shared.connect();
    client.write(get(...fields()));
    const response = await client.response();
    expect(response.status).toBe(401);
    expect(response.field("www-authenticate")).toBe('Bearer realm="OpenClaw", error="invalid_token"');
    expect(response.field("cache-control")).toBe("no-store");
    expect(shared.upstream.peers).toHaveLength(0);
    expect(shared.log.exchanges.at(-1)).toMatchObject({ status: 401, code, user: undefined });
    expect(shared.log.failedSignIns).toMatchObject([{ method: "pass", client: "127.0.0.1" }]);
  });

  test("in a cookie or a query is none", async () => {
    const client = await shared.connect();
    client.write(raw(`GET /?pass=${pass} HTTP/1.1`, [`Host: ${DOMAIN}`, `Cookie: pass=${pass}`]));
    expect((await client.response()).status).toBe(401);
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test("is not asked to wait where passwords are, and a thousand wrong ones make nobody wait", async () => {
    const guesser = await shared.connect({ localAddress: "127.0.7.1" });
    for (let guess = 0; guess < 6; guess += 1) {
      guesser.write(get(`Authorization: ${basic("alice", `guess ${guess}`)}`));
      const { status } = await guesser.response();
      if (guess === 5) expect(status).toBe(429);
    }
    guesser.write(get(`Authorization: Bearer ${pass}`));
    expect((await guesser.response()).status).toBe(200);
    const wrong = await shared.connect({ localAddress: "127.0.7.2" });
    for (let guess = 0; guess < 1_000; guess += 1) wrong.write(get(`Authorization: Bearer ${newPass().text}`));
    for (let guess = 0; guess < 1_000; guess += 1) expect((await wrong.response()).status).toBe(401);
    wrong.write(get(`Authorization: ${basic("bob", USERS.bob)}`));
    expect((await wrong.response()).status).toBe(200);
  });
});

/** A WebSocket by a pass, open to the upstream. */
describe("what a pass opened", () => {
  test("gets 4001 within a second of its revocation, and what others opened stays", async () => {
    const edge = await edgeWith(accepting);
    const [lost, kept] = [await create(edge), await create(edge)];
    const cut = await openTunnel(edge.connect, `Bearer ${lost}`);
    const others = [await openTunnel(edge.connect, `Bearer ${kept}`), await openTunnel(edge.connect, ALICE)];
    const revoked = performance.now();
    await revokePass(edge.state, lost);
    await cut.until(closing(4001, "signed out"));
    expect(performance.now() - revoked).toBeLessThan(1_000);
    await pause(100);
    for (const other of others) expect(other.length).toBe((await edge.upstream.peer(1)).closed ? -1 : SWITCHING.length);
    const again = await edge.connect();
    again.write(get(`Authorization: Bearer ${lost}`));
    expect((await again.response()).status).toBe(401);
  });

  test("is cut when the pass expires", async () => {
    const edge = await edgeWith(accepting);
    const pass = await create(edge, { expires: Date.now() + 1_000 });
    const client = await openTunnel(edge.connect, `Bearer ${pass}`);
    await client.until(closing(4001, "pass expired"));
  });

  test("is cut when its user is removed, and not when his password changes", async () => {
    const edge = await edgeWith(accepting);
    const client = await openTunnel(edge.connect, `Bearer ${await create(edge)}`);
    const byPassword = await openTunnel(edge.connect, ALICE);
    await edge.setUsers({ alice: "another password", bob: USERS.bob });
    await byPassword.until(closing(4001, "signed out"));
    expect(client.closed || client.ended).toBe(false);
    await edge.setUsers({ bob: USERS.bob });
    await client.until(closing(4001, "signed out"));
    await eventually(() => edge.log.said("info").includes("passes of users who are gone were removed"));
    expect(await readFile(passesPath(edge.state), "utf8")).not.toContain("oce");
  });

  test("is cut in the middle of a stream, too", async () => {
    const edge = await edgeWith(async (peer) => {
      await peer.head();
      peer.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
    });
    const pass = await create(edge);
    const client = await edge.connect();
    client.write(get(`Authorization: Bearer ${pass}`));
    await client.until("data: 1");
    await revokePass(edge.state, pass);
    await client.end(1_000);
  });

  test("stays when the file of passes breaks, and that is said", async () => {
    const edge = await edgeWith(accepting);
    const pass = await create(edge);
    const client = await openTunnel(edge.connect, `Bearer ${pass}`);
    await appendFile(passesPath(edge.state), "garbage");
    expect(await edge.edge.reload()).toMatchObject([{ what: "It is no valid JSON." }]);
    expect(client.closed || client.ended).toBe(false);
  });
});
