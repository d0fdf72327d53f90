import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { askEdge } from "../src/admin/client.ts";
import { END_SESSIONS, PAGE, SESSIONS, type LiveConnection, type LivePage } from "../src/admin/live-connections.ts";
import { STATUS } from "../src/admin/status.ts";
import { createEdge } from "../src/edge.ts";
import { ConfigurationError } from "../src/errors.ts";
import { basic, BOB, DOMAIN, edgeWith, type TestEdge } from "./support/edge.ts";
import { eventually } from "./support/eventually.ts";
import type { RawClient } from "./support/raw-client.ts";
import { answering, OK, type UpstreamScript } from "./support/raw-upstream.ts";
import { recordingLog } from "./support/recording-log.ts";
import { HANDSHAKE, raw, request, SWITCHING } from "./support/requests.ts";
import { browse, SESSION, signIn, type Cookies } from "./support/sign-in.ts";
import { openTunnel } from "./support/tunnel.ts";

/** Accepts WebSockets, answers `/` and leaves everything else waiting. */
const script: UpstreamScript = async (peer) => {
  const head = await peer.head();
  if (head.startsWith("GET /chat")) peer.write(SWITCHING);
  else if (head.startsWith("GET /readyz")) peer.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  else if (head.startsWith("GET / ")) peer.write(OK);
};

async function ask<Request, Answer>(edge: TestEdge, verb: Parameters<typeof askEdge<Request, Answer>>[1], asked: Request): Promise<Answer> {
  const outcome = await askEdge(edge.state, verb, asked);
  if (outcome.kind !== "answered") throw new Error(JSON.stringify(outcome));
  return outcome.answer;
}

const only = (connections: readonly LiveConnection[], kind: LiveConnection["kind"]): LiveConnection => {
  const found = connections.filter((connection) => connection.kind === kind);
  expect(found).toHaveLength(1);
  return found[0] as LiveConnection;
};

const ALL = { limit: PAGE };

describe("status", () => {
  test("says what runs, since when, what is connected and how the Gateway is", async () => {
    const edge = await edgeWith(script);
    await openTunnel(edge.connect);
    await edge.connect();
    const status = await ask(edge, STATUS, {});
    expect(status).toMatchObject({
      process: { pid: process.pid, node: process.versions.node, memory: { rss: expect.any(Number) } },
      state: edge.state,
      names: [DOMAIN],
      listening: { https: [`127.0.0.1:${edge.port}`], http: [`127.0.0.1:${edge.httpPort}`] },
      users: { file: edge.htpasswd, count: 2 },
      connections: { open: 2, limit: 20_000, websockets: 1, requests: 0, idle: 1, silent: 0 },
      gateway: { target: `http://127.0.0.1:${edge.upstream.port}`, state: "ready", detail: "It is ready." },
      notices: [],
    });
    expect(Date.parse(status.process.since)).toBeLessThan(Date.now());
    expect(status.certificates).toEqual([{ name: DOMAIN, expires: expect.stringMatching(/^20\d\d-.*Z$/) }]);
    expect(status.certificateSource).toContain("fullchain.pem");
  });

  test.each([
    ["503 Service Unavailable", "starting", "It is starting (503)."],
    ["404 Not Found", "ready", "It answers 404 to /readyz."],
    ["403 Forbidden", "ready", "It runs, but does not trust the edge (403): gateway.trustedProxies lacks its address."],
  ])("tells a Gateway that answers %s", async (line, state, detail) => {
    const edge = await edgeWith((peer) => void peer.write(`HTTP/1.1 ${line}\r\nContent-Length: 0\r\n\r\n`));
    expect((await ask(edge, STATUS, {})).gateway).toMatchObject({ state, detail });
  });

  test("tells a Gateway that is down, that hangs up, and one that speaks something else", async () => {
    const edge = await edgeWith((peer) => void peer.socket.end());
    expect((await ask(edge, STATUS, {})).gateway).toMatchObject({
      state: "down",
      detail: "The Gateway closed the connection without an answer.",
    });
    edge.upstream.script = (peer) => void peer.write("220 mail.example.com ESMTP\r\n");
    expect((await ask(edge, STATUS, {})).gateway).toMatchObject({ state: "down", detail: "It does not speak HTTP." });
    await edge.upstream.close();
    expect((await ask(edge, STATUS, {})).gateway).toMatchObject({ state: "down", detail: "The Gateway is not running." });
  });

  test("asks the Gateway without a user and without anything of a client", async () => {
    const edge = await edgeWith(script);
    await ask(edge, STATUS, {});
    expect(edge.upstream.text).toBe("GET /readyz HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n\r\n");
  });
});

describe("sessions", () => {
  test("lists what is live: user, client, since, octets, and what it does, with secrets masked", async () => {
    const edge = await edgeWith(script);
    await openTunnel(edge.connect);
    const waiting = await edge.connect();
    waiting.write(raw("GET /share/secret-link?token=x HTTP/1.1", [`Host: ${DOMAIN}`, `Authorization: ${BOB}`]));
    await eventually(() => edge.upstream.text.includes("GET /share/"));
    const idle = await edge.connect();
    idle.write(request("GET /"));
    await idle.response();
    await edge.connect(); // has not signed in
    const { connections, total, anonymous, next } = await ask(edge, SESSIONS, ALL);
    expect([total, anonymous, next]).toEqual([3, 1, undefined]);
    const shared = { client: "127.0.0.1", method: "basic", id: expect.stringMatching(/^c[0-9a-z]+$/) };
    expect(only(connections, "websocket")).toMatchObject({ ...shared, user: "alice", what: "GET /chat" });
    expect(only(connections, "request")).toMatchObject({ ...shared, user: "bob", what: "GET /share/***?token=" });
    expect(only(connections, "idle")).toMatchObject({ ...shared, user: "alice", sent: idle.length });
    expect((await ask(edge, SESSIONS, { ...ALL, user: "bob" })).connections).toEqual([only(connections, "request")]);
  });

  test("goes on where a page ended", async () => {
    const edge = await edgeWith(script);
    for (let n = 0; n < 3; n++) await openTunnel(edge.connect);
    const ids = (page: LivePage): readonly string[] => page.connections.map(({ id }) => id);
    const all = ids(await ask(edge, SESSIONS, ALL));
    expect(all).toHaveLength(3);
    const first = await ask(edge, SESSIONS, { limit: 2 });
    expect([ids(first), first.total, first.next]).toEqual([all.slice(0, 2), 3, all[1]]);
    const last = await ask(edge, SESSIONS, { limit: 2, after: first.next ?? "" });
    expect([ids(last), last.total, last.next]).toEqual([all.slice(2), 3, undefined]);
    expect((await ask(edge, SESSIONS, { limit: 3, after: all[2] ?? "" })).connections).toEqual([]);
  });
});

describe("sessions end", () => {
  test("ends the WebSocket that is named with 4001 at a frame boundary, and nobody else's", async () => {
    const edge = await edgeWith(script);
    const [alice, bob] = [await openTunnel(edge.connect), await openTunnel(edge.connect, BOB)];
    const { connections } = await ask(edge, SESSIONS, { ...ALL, user: "alice" });
    const id = connections[0]?.id ?? "";
    const ended = await ask(edge, END_SESSIONS, { which: { id }, signOut: false });
    expect(ended).toMatchObject({ connections: 1, browsers: 0, named: { id, user: "alice", kind: "websocket" } });
    await alice.end();
    expect(alice.bytes.subarray(-27).toString("latin1")).toContain("\x0f\xa1ended by the operator");
    expect((await ask(edge, SESSIONS, ALL)).connections.map(({ user }) => user)).toEqual(["bob"]);
    bob.write("still here");
    await (await edge.upstream.peer(1)).until("still here");
    expect(edge.log.exchanges.map(({ user }) => user)).toEqual(["alice"]);
  });

  test("cuts a request that is under way, and says in the log who did it", async () => {
    const edge = await edgeWith(script);
    const client = await edge.connect();
    client.write(request("GET /stream"));
    await eventually(() => edge.upstream.text.includes("GET /stream"));
    const id = only((await ask(edge, SESSIONS, ALL)).connections, "request").id;
    await ask(edge, END_SESSIONS, { which: { id }, signOut: false });
    await client.end();
    expect(edge.log.exchanges).toMatchObject([{ user: "alice", code: "ended_by_operator" }]);
  });

  test("ends everything of a user", async () => {
    const edge = await edgeWith(script);
    const clients = [await openTunnel(edge.connect), await openTunnel(edge.connect), await openTunnel(edge.connect, BOB)];
    expect(await ask(edge, END_SESSIONS, { which: { user: "alice" }, signOut: true })).toEqual({ connections: 2, browsers: 0 });
    await Promise.all(clients.slice(0, 2).map((client) => client.end()));
    expect(clients[2]?.ended).toBe(false);
  });

  test("says no where there is nothing of that name or id", async () => {
    const edge = await edgeWith(script);
    expect(await askEdge(edge.state, END_SESSIONS, { which: { id: "czz" }, signOut: false })).toMatchObject({
      kind: "refused",
      problems: [{ where: "czz" }],
    });
    expect(await askEdge(edge.state, END_SESSIONS, { which: { user: "eve" }, signOut: true })).toMatchObject({
      kind: "refused",
      problems: [{ where: '"eve"' }],
    });
    for (const which of [{ id: "../x" }, { id: 7 }, {}, { user: "" }]) {
      expect(await askEdge(edge.state, END_SESSIONS, { which, signOut: false } as never)).toMatchObject({
        kind: "refused",
        problems: [{ where: "sessions.end" }],
      });
    }
    // A user who exists and has nothing open: done.
    expect(await ask(edge, END_SESSIONS, { which: { user: "bob" }, signOut: true })).toEqual({ connections: 0, browsers: 0 });
  });
});

describe("a browser that is signed in, which is more than its connection", () => {
  const browserChat = async (edge: TestEdge, cookies: Cookies): Promise<RawClient> => {
    const client = await edge.connect();
    client.write(browse("GET /chat", [...HANDSHAKE, `Origin: https://${DOMAIN}`], cookies));
    expect((await client.response()).status).toBe(101);
    return client;
  };

  test("is named by its session, stays signed in when its connection is ended, and not when it is signed out", async () => {
    const edge = await edgeWith(script);
    const { cookies } = await signIn(edge);
    const other = await signIn(edge);
    const client = await browserChat(edge, cookies);
    expect((await ask(edge, STATUS, {})).browsers).toBe(2);
    const live = only((await ask(edge, SESSIONS, ALL)).connections, "websocket");
    expect(live).toMatchObject({ user: "alice", method: "session", credential: expect.any(String) });
    expect(cookies[SESSION]).not.toContain(live.credential);
    expect(await ask(edge, END_SESSIONS, { which: { id: live.id }, signOut: false })).toMatchObject({ connections: 1, browsers: 0 });
    await client.end();
    const again = await browserChat(edge, cookies);
    const { id } = only((await ask(edge, SESSIONS, ALL)).connections, "websocket");
    expect(await ask(edge, END_SESSIONS, { which: { id }, signOut: true })).toMatchObject({ connections: 1, browsers: 1 });
    await again.end();
    const refused = await edge.connect();
    refused.write(browse("GET /chat", [...HANDSHAKE, `Origin: https://${DOMAIN}`], cookies));
    expect((await refused.response()).status).toBe(401);
    // The user's other browser is another session.
    const stays = await browserChat(edge, other.cookies);
    expect(await ask(edge, END_SESSIONS, { which: { user: "alice" }, signOut: true })).toMatchObject({ connections: 1, browsers: 1 });
    await stays.end();
    expect((await ask(edge, STATUS, {})).browsers).toBe(0);
  });
});

describe("who has to wait after wrong passwords", () => {
  test("is counted in the status, and not named", async () => {
    const edge = await edgeWith(script, { limits: { failedSignIns: 1 } });
    expect((await ask(edge, STATUS, {})).throttle).toEqual({ clients: 0, names: 0, devices: 0 });
    for (const password of ["a", "b"]) {
      const client = await edge.connect();
      client.write(raw("GET / HTTP/1.1", [`Host: ${DOMAIN}`, `Authorization: ${basic("alice", `wrong ${password}`)}`]));
      await client.response();
    }
    const { throttle } = await ask(edge, STATUS, {});
    expect(throttle).toMatchObject({ clients: 1, devices: 0 });
    expect(JSON.stringify(await ask(edge, STATUS, {}))).not.toContain("alice");
  });
});

describe("the state directory of a running edge", () => {
  test("is refused to a second one, before that opens or makes anything", async () => {
    const edge = await edgeWith(answering(OK));
    const second = createEdge(edge.config, { log: recordingLog() });
    await expect(second).rejects.toThrow(ConfigurationError);
    await expect(second).rejects.toThrow(`Another edge uses it: process ${process.pid}`);
    expect(await readdir(join(edge.state, "run"))).toHaveLength(2);
  });

  test("is free again when the start fails, and after a stop", async () => {
    const edge = await edgeWith(answering(OK));
    await edge.edge.close({ grace: 0 });
    await expect(createEdge({ ...edge.config, htpasswd: "/nowhere" }, { log: recordingLog() })).rejects.toThrow("/nowhere");
    const again = await createEdge(edge.config, { log: recordingLog() });
    await again.close({ grace: 0 });
  });
});
