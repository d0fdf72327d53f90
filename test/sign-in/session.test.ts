import { describe, expect, onTestFinished, test } from "vitest";

import { createEdge } from "../../src/edge.ts";
import { ALICE, BOB, DOMAIN, edgeForFile, edgeWith, USERS } from "../support/edge.ts";
import { eventually, pause } from "../support/eventually.ts";
import { rawClient, type RawClient } from "../support/raw-client.ts";
import { answering, OK } from "../support/raw-upstream.ts";
import { forwarded, HANDSHAKE, raw, withoutPseudonym } from "../support/requests.ts";
import { browse, FETCH, NAVIGATION, openForm, post, SESSION, signIn, type Cookies } from "../support/sign-in.ts";
import { accepting, closing } from "../support/tunnel.ts";

const shared = edgeForFile({ limits: { failedSignIns: 10_000 } });
type Shared = Pick<typeof shared, "connect" | "upstream">;

const ORIGIN = `Origin: https://${DOMAIN}`;
const handshake = (cookies: Cookies, fields: readonly string[] = [ORIGIN]): string => browse("GET /ws", [...HANDSHAKE, ...fields], cookies);
/** A text frame and a pong as a client sends them, masked with zeros. */
const TEXT = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]);
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);

async function openTunnel(edge: Shared, cookies: Cookies): Promise<RawClient> {
  edge.upstream.script = accepting;
  const client = await edge.connect();
  client.write(handshake(cookies));
  expect((await client.response()).status).toBe(101);
  return client;
}

async function status(edge: Pick<Shared, "connect">, bytes: string): Promise<number> {
  const client = await edge.connect();
  client.write(bytes);
  return (await client.response()).status;
}

describe("attack: a page of another site uses the browser's session", () => {
  const ORIGINS = [
    "null",
    `http://${DOMAIN}`,
    `https://${DOMAIN}:8443`,
    `https://x.${DOMAIN}`,
    "https://example.com",
    `https://${DOMAIN}.`,
    "https://evil.example",
  ];

  test.each(ORIGINS)("a WebSocket with the Origin %s: 403, and nothing goes upstream", async (origin) => {
    const { cookies } = await signIn(shared);
    expect(await status(shared, handshake(cookies, [`Origin: ${origin}`]))).toBe(403);
    expect(await status(shared, browse("GET /ws", [...HANDSHAKE, `Origin: ${origin}`, `Authorization: ${ALICE}`]))).toBe(403);
    expect(shared.upstream.peers).toHaveLength(0);
    expect(shared.log.exchanges.at(-1)?.code).toBe("cross_site");
  });

  test.each(ORIGINS)("a POST, PUT, PATCH, DELETE or unknown method with the Origin %s: 403", async (origin) => {
    const { cookies } = await signIn(shared);
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "M-SEARCH", "get"]) {
      expect(await status(shared, browse(`${method} /tools/invoke`, [`Origin: ${origin}`], cookies))).toBe(403);
      expect(await status(shared, browse(`${method} /tools/invoke`, [`Origin: ${origin}`, `Authorization: ${ALICE}`]))).toBe(403);
    }
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test.each(["cross-site", "same-site"])("Sec-Fetch-Site: %s tells it too, where the Origin is missing or ours", async (site) => {
    const { cookies } = await signIn(shared);
    for (const fields of [[], [ORIGIN]]) {
      expect(await status(shared, browse("POST /", [`Sec-Fetch-Site: ${site}`, ...fields], cookies))).toBe(403);
      expect(await status(shared, handshake(cookies, [`Sec-Fetch-Site: ${site}`, ...fields]))).toBe(403);
    }
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test("before any password is looked at: another site can't make a browser guess, or use up its owner's tries", async () => {
    const wrong = `Authorization: ${BOB.slice(0, -4)}`;
    expect(await status(shared, browse("POST /", ["Origin: https://evil.example", wrong]))).toBe(403);
    expect(shared.log.failedSignIns).toEqual([]);
  });

  test("what changes nothing may come from a link elsewhere, and what names no origin is no browser", async () => {
    const { cookies } = await signIn(shared);
    shared.upstream.script = answering(OK);
    const link = ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", "Accept: text/html"];
    expect(await status(shared, browse("GET /", link, cookies))).toBe(200);
    expect(await status(shared, browse("POST /", ["Content-Length: 0"], cookies))).toBe(200);
    expect(await status(shared, raw("POST / HTTP/1.1", [`Host: ${DOMAIN}`, `Authorization: ${ALICE}`, "Content-Length: 0"]))).toBe(200);
    expect(await status(shared, browse("POST /", [ORIGIN, "Sec-Fetch-Site: same-origin", "Content-Length: 0"], cookies))).toBe(200);
    expect(await status(shared, browse("POST /", ["Sec-Fetch-Site: none", "Content-Length: 0"], cookies))).toBe(200);
  });

  test("a port that is not 443 belongs to the origin", async () => {
    const { cookies } = await signIn(shared);
    shared.upstream.script = answering(OK);
    const to = (host: string, origin: string): string =>
      raw("POST / HTTP/1.1", [`Host: ${host}`, `Origin: ${origin}`, `Cookie: ${SESSION}=${cookies[SESSION]}`, "Content-Length: 0"]);
    expect(await status(shared, to(`${DOMAIN}:8443`, `https://${DOMAIN}:8443`))).toBe(200);
    expect(await status(shared, to(`${DOMAIN}:8443`, `https://${DOMAIN}`))).toBe(403);
    expect(await status(shared, to(`${DOMAIN}:443`, `https://${DOMAIN}`))).toBe(200);
    expect(await status(shared, to(DOMAIN.toUpperCase(), `https://${DOMAIN}`))).toBe(200);
  });
});

describe("attack: a cookie that was copied", () => {
  test("opens nothing after one logout, over HTTP or as a WebSocket, on old and new connections", async () => {
    const { cookies } = await signIn(shared);
    shared.upstream.script = answering(OK);
    const thief = await shared.connect();
    thief.write(browse("GET /", FETCH, cookies));
    expect((await thief.response()).status).toBe(200);

    const owner = await shared.connect();
    const form = await openForm(owner, "/.edge/logout", cookies);
    owner.write(post("/.edge/logout", { token: form.token }, form.cookies));
    expect((await owner.response()).status).toBe(303);

    shared.upstream.reset();
    thief.write(browse("GET /", FETCH, cookies));
    expect((await thief.response()).status).toBe(401);
    expect(await status(shared, browse("GET /", NAVIGATION, cookies))).toBe(303);
    expect(await status(shared, handshake(cookies))).toBe(401);
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test.each<readonly [string, (secret: string) => string]>([
    ["truncated", (secret) => `${SESSION}=${secret.slice(0, -1)}`],
    ["altered", (secret) => `${SESSION}=${secret.slice(0, 20)}${secret[20] === "A" ? "B" : "A"}${secret.slice(21)}`],
    ["8 KB long", (secret) => `${SESSION}=${secret.repeat(190)}`],
    ["doubled", (secret) => `${SESSION}=${secret}; ${SESSION}=${secret}`],
    [
      "doubled, one planted by a sub-domain that dropped the prefix's rule",
      (secret) => `${SESSION}=${"p".repeat(43)}; ${SESSION}=${secret}`,
    ],
    ["under a weaker prefix", (secret) => `__Secure-openclaw-edge=${secret}`],
    ["without a prefix", (secret) => `openclaw-edge=${secret}`],
    ["as the session's public id", () => `${SESSION}=${"i".repeat(12)}`],
  ])("%s opens nothing", async (_, cookie) => {
    const { secret } = await signIn(shared);
    expect(await status(shared, browse("GET /", [...FETCH, `Cookie: ${cookie(secret)}`]))).toBe(401);
    expect(await status(shared, browse("GET /", [...HANDSHAKE, `Cookie: ${cookie(secret)}`]))).toBe(401);
    expect(shared.upstream.peers).toHaveLength(0);
  });
});

describe("a session", () => {
  test("opens HTTP and WebSocket in its user's name, and neither its cookie nor Basic beside it goes upstream", async () => {
    const { cookies } = await signIn(shared);
    shared.upstream.script = answering(OK);
    const client = await shared.connect();
    client.write(browse("GET /chat", [...FETCH, `Authorization: ${BOB}`, "X-Forwarded-User: mallory"], { ...cookies, theme: "dark" }));
    expect((await client.response()).status).toBe(200);
    const sent = shared.upstream.text;
    expect(sent).toContain("X-Forwarded-User: alice\r\n");
    expect(sent).toContain("Cookie: theme=dark\r\n");
    for (const secret of ["openclaw-edge=", "openclaw-edge-", "Authorization", "mallory", "bob"])
      expect(sent.replace(/Via: .*/, "")).not.toContain(secret);

    shared.upstream.reset();
    await openTunnel(shared, cookies);
    expect(shared.upstream.text).toContain("X-Forwarded-User: alice\r\n");
    expect(shared.upstream.text).not.toContain("__Host-");
  });

  test("wins over a foreign Bearer, which goes through to the Gateway, and so do Origin and Sec-Fetch-*, as they came", async () => {
    const { cookies } = await signIn(shared);
    shared.upstream.script = answering(OK);
    const client = await shared.connect();
    const fields = [ORIGIN, ...FETCH, "Authorization: Bearer saved-gateway-token"];
    client.write(browse("GET /api/x", fields, { ...cookies, theme: "dark" }));
    expect((await client.response()).status).toBe(200);
    expect(withoutPseudonym(shared.upstream.text)).toBe(forwarded("GET /api/x", { fields: [...fields, "Cookie: theme=dark"] }));
  });

  test("WebKit, which sends no Basic with a WebSocket, signs in by the page or the dialog and then opens one by the cookie alone", async () => {
    for (const login of ["page", "basic"] as const) {
      const edge = await edgeWith(answering(OK), { login, limits: { idleUpstream: 0 } });
      let cookies: Cookies;
      if (login === "page") ({ cookies } = await signIn(edge));
      else {
        const client = await edge.connect();
        client.write(browse("GET /", [...NAVIGATION, `Authorization: ${ALICE}`]));
        cookies = { [SESSION]: /__Host-openclaw-edge=([\w-]{43});/.exec((await client.response()).head)?.[1] ?? "" };
      }
      await openTunnel(edge, cookies);
    }
  });

  test("survives a restart of the edge", async () => {
    const first = await edgeWith(answering(OK));
    const { cookies } = await signIn(first);
    await first.edge.close({ grace: 0 });
    const second = await createEdge(first.config, { log: first.log });
    onTestFinished(() => second.close({ grace: 0 }));
    const connect = () => rawClient({ port: second.addresses.https[0]?.port ?? 0, ca: first.ca });
    expect(await status({ connect }, browse("GET /", FETCH, cookies))).toBe(200);
  });
});

describe("what ends a session ends what it has open, within a second, and nobody else's", () => {
  /** Alice twice, and Bob, each with an open WebSocket. */
  async function three() {
    const edge = await edgeWith();
    const [first, second, bob] = [await signIn(edge), await signIn(edge), await signIn(edge, { name: "bob" })];
    const tunnels = [
      await openTunnel(edge, first.cookies),
      await openTunnel(edge, second.cookies),
      await openTunnel(edge, bob.cookies),
    ] as const;
    return { edge, first, second, bob, tunnels };
  }
  const cut = async (tunnel: RawClient, reason = "signed out"): Promise<void> => {
    await tunnel.end(1_000);
    expect(tunnel.rest).toBe(closing(4001, reason));
  };
  const stays = (tunnel: RawClient): void => expect([tunnel.rest, tunnel.ended]).toEqual(["", false]);

  test("logging out: this session's WebSockets, and not those of the user's other browser", async () => {
    const { edge, first, tunnels } = await three();
    const client = await edge.connect();
    const form = await openForm(client, "/.edge/logout", first.cookies);
    client.write(post("/.edge/logout", { token: form.token }, form.cookies));
    const response = await client.response();
    expect([response.status, response.field("location")]).toEqual([303, `https://${DOMAIN}/.edge/login`]);
    expect(response.head).toContain(`Set-Cookie: ${SESSION}=signed-out; Path=/; Secure; HttpOnly; SameSite=Lax\r\n`);
    await cut(tunnels[0]);
    await pause(100);
    stays(tunnels[1]);
    stays(tunnels[2]);
  });

  test("signing out everywhere: all of this user's", async () => {
    const { edge, first, second, tunnels } = await three();
    const client = await edge.connect();
    const form = await openForm(client, "/.edge/", first.cookies);
    client.write(post("/.edge/sessions/end-all", { token: form.token }, form.cookies));
    expect((await client.response()).status).toBe(303);
    await cut(tunnels[0]);
    await cut(tunnels[1]);
    stays(tunnels[2]);
    expect(await status(edge, browse("GET /", FETCH, second.cookies))).toBe(401);
  });

  test("signing out another browser from the list", async () => {
    const { edge, first, tunnels } = await three();
    const client = await edge.connect();
    const form = await openForm(client, "/.edge/", first.cookies);
    const [id = ""] = /name="id" value="([^"]+)"/.exec(form.page.body)?.slice(1) ?? [];
    client.write(post("/.edge/sessions/end", { token: form.token, id }, form.cookies));
    expect((await client.response()).field("location")).toBe(`https://${DOMAIN}/.edge/?ended`);
    await cut(tunnels[1]);
    stays(tunnels[0]);
    stays(tunnels[2]);
  });

  test("a changed password, and a removed user", async () => {
    const { edge, first, bob, tunnels } = await three();
    await edge.setUsers({ alice: "another", bob: USERS.bob });
    await cut(tunnels[0]);
    await cut(tunnels[1]);
    stays(tunnels[2]);
    expect(await status(edge, browse("GET /", FETCH, first.cookies))).toBe(401);
    await edge.setUsers({ alice: "another" });
    await cut(tunnels[2]);
    expect(await status(edge, browse("GET /", FETCH, bob.cookies))).toBe(401);
  });

  test("its lifetime, whoever talks over it, with a reason of its own; and an answer that streams is cut", async () => {
    const edge = await edgeWith(undefined, { sessions: { idle: 60_000, lifetime: 2_000 } });
    const { cookies } = await signIn(edge);
    edge.upstream.script = async (peer) => {
      await peer.head();
      peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    };
    const stream = await edge.connect();
    stream.write(browse("GET /events", FETCH, cookies));
    await stream.until("hello");
    const tunnel = await openTunnel(edge, cookies);
    await eventually(() => {
      tunnel.write(TEXT);
      return tunnel.ended;
    }, 6_000);
    expect(tunnel.rest).toBe(closing(4001, "session expired"));
    await stream.end(1_000);
    expect(stream.rest).not.toContain("\r\n0\r\n");
    expect(await status(edge, browse("GET /", FETCH, cookies))).toBe(401);
  });

  test("idling: pongs are no use of it, and what its user says is", async () => {
    const edge = await edgeWith(undefined, { sessions: { idle: 700, lifetime: 60_000 } });
    const [talker, sleeper] = [await signIn(edge), await signIn(edge)];
    const talking = await openTunnel(edge, talker.cookies);
    const sleeping = await openTunnel(edge, sleeper.cookies);
    await eventually(() => {
      talking.write(TEXT);
      sleeping.write(PONG);
      return sleeping.ended;
    }, 6_000);
    expect(sleeping.rest).toBe(closing(4001, "session expired"));
    await pause(300);
    stays(talking);
  });
});
