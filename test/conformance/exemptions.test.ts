import { describe, expect, onTestFinished, test } from "vitest";

import { WORKER_PATH } from "../../src/auth/exemption.ts";
import { EXEMPTION_NAMES, exemption } from "../../src/gateway/exemptions.ts";
import { ALICE, basic, DOMAIN, edgeForFile, edgeWith } from "../support/edge.ts";
import { answering, OK, startRawUpstream } from "../support/raw-upstream.ts";
import { forwarded, HANDSHAKE, raw, request, withoutPseudonym } from "../support/requests.ts";
import { sentThrough } from "../support/sent.ts";
import { accepting } from "../support/tunnel.ts";

const HOST = `Host: ${DOMAIN}`;
const names = EXEMPTION_NAMES.filter((name) => exemption(name).port === undefined);
/** Every path on the Gateway that some exemption opens, with a method that it opens it to. */
const open = names
  .filter((name) => name !== "worker")
  .flatMap((name) => {
    const { path, covers, methods } = exemption(name);
    return covers.map((suffix) => ({ name, path: `${path}${suffix === "/*" ? "/abc" : suffix}`, method: methods[0] as string }));
  });

/** Everything is open here that can be. */
const shared = edgeForFile({ expose: names });
const sent = sentThrough(shared);

async function answerTo(octets: string) {
  shared.upstream.script = answering(OK);
  const client = await shared.connect();
  client.write(octets);
  return await client.response(octets.slice(0, octets.indexOf(" ")));
}

describe("without --expose", () => {
  const closed = edgeForFile();
  test.each([...open, { name: "worker", path: WORKER_PATH, method: "GET" }])(
    "$method $path asks for a sign-in",
    async ({ method, path }) => {
      for (const fields of [[], HANDSHAKE]) {
        const client = await closed.connect();
        client.write(raw(`${fields.length > 0 ? "GET" : method} ${path} HTTP/1.1`, [HOST, ...fields]));
        expect((await client.response(method)).status).toBe(401);
      }
      expect(closed.upstream.peers).toHaveLength(0);
    },
  );
});

describe.each(open)("$method $path, open as $name", ({ name, path, method }) => {
  test("goes on without a name and with empty scopes, from the client's own address", async () => {
    expect(await sent(raw(`${method} ${path}?a=1 HTTP/1.1`, [HOST, "Before: 1", "After: 2"]))).toBe(
      forwarded(`${method} ${path}?a=1`, { user: undefined, fields: ["Before: 1", "After: 2"] }),
    );
    expect(shared.log.exchanges).toMatchObject([{ user: undefined, exemption: name, status: 200 }]);
  });

  test("takes nothing from whoever says who they are, signed in or not: the right password, the edge's cookie, the Gateway's own fields", async () => {
    const claims = [
      `Authorization: ${ALICE}`,
      "Cookie: __Host-openclaw-edge=1234; theme=dark",
      "X-Forwarded-User: alice",
      "x_forwarded_user: alice",
      "X-OpenClaw-Scopes: operator.admin",
      "x.openclaw.scopes: operator.admin",
      "X-Forwarded-For: 127.0.0.1",
      "X-Real-IP: 127.0.0.1",
      "Connection: X-OpenClaw-Scopes, X-Forwarded-For, X-Forwarded-Proto",
    ];
    expect(await sent(raw(`${method} ${path} HTTP/1.1`, [HOST, ...claims]))).toBe(
      forwarded(`${method} ${path}`, { user: undefined, fields: ["Cookie: theme=dark"] }),
    );
    expect(shared.log.exchanges[0]?.user).toBeUndefined();
  });

  test("lets the caller's own credentials through, which are not the edge's", async () => {
    const own = ["Authorization: Bearer hook-token", "X-OpenClaw-Token: t", "X-Slack-Signature: v0=1", "X-Line-Signature: x"];
    expect(await sent(raw(`${method} ${path} HTTP/1.1`, [HOST, ...own]))).toBe(
      forwarded(`${method} ${path}`, { user: undefined, fields: own }),
    );
  });

  test("is no way to a WebSocket: with a device token, with and without the sign-in's leftovers, it is refused here", async () => {
    for (const fields of [
      [],
      ["Cookie: __Host-openclaw-edge=ended"],
      [`Authorization: ${basic("removed", "was right once")}`],
      ["Origin: null"],
    ]) {
      const client = await shared.connect();
      client.write(raw(`GET ${path} HTTP/1.1`, [HOST, ...HANDSHAKE, ...fields]));
      const { status } = await client.response();
      expect([401, 403]).toContain(status);
      await client.end();
    }
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test("is no way to any other Upgrade either, nor to another method", async () => {
    const others = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"].filter(
      (other) => !(exemption(name).methods as readonly string[]).includes(other),
    );
    const attempts = [
      ...others.map((other) => raw(`${other} ${path} HTTP/1.1`, [HOST])),
      raw(`${method} ${path} HTTP/1.1`, [HOST, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"]),
      raw(`${method} ${path} HTTP/1.1`, [HOST, "Upgrade: websocket"]),
      raw(`${method} ${path} HTTP/1.0`, [HOST, "Connection: Upgrade", "Upgrade: websocket", ...HANDSHAKE.slice(2)]),
    ];
    for (const octets of attempts) {
      const client = await shared.connect();
      client.write(octets);
      expect((await client.response(octets.slice(0, octets.indexOf(" ")))).status).toBe(401);
    }
    expect(shared.upstream.peers).toHaveLength(0);
  });
});

describe("no spelling of a path is open but the plain one (what the Gateway normalises: /share/%2e%2e/x is /x)", () => {
  const spellings = (path: string): readonly string[] => {
    const [first = "", ...rest] = path.slice(1).split("/");
    const below = rest.join("/");
    return [
      `${path}/../tools/invoke`,
      `${path}/%2e%2e/tools/invoke`,
      `${path}/%2E%2E/%2e%2e/tools/invoke`,
      `${path}/.%2e/x`,
      `${path}/..%2fx`,
      `${path}/..%5cx`,
      `${path}/%252e%252e/x`,
      `${path}\\..\\x`,
      `${path}/..\\x`,
      `${path}/..;/x`,
      `${path}/.`,
      `${path}/./x`,
      `${path}/.../x`,
      `${path}//`,
      `${path}//x`,
      `${path};x=1`,
      `${path}/x;y`,
      `${path}%00`,
      `${path}%20`,
      `${path}/%c0%ae%c0%ae/x`,
      `//${path.slice(1)}`,
      `//${DOMAIN}${path}`,
      `/.${path}`,
      `/x/..${path}`,
      `/x/%2e%2e${path}`,
      `\\${path.slice(1)}`,
      `/\\${path.slice(1)}`,
      `/${first.toUpperCase()}/${below}`,
      `/%${first.charCodeAt(0).toString(16)}${first.slice(1)}/${below}`,
      path.replaceAll("/", "%2f").replace("%2f", "/"),
      path.replaceAll("/", "\\"),
      `${path}|`,
      `${path}[`,
    ].filter((spelt) => spelt !== path);
  };

  test.each(open)("$method $path", async ({ method, path }) => {
    let client = await shared.connect();
    const statuses = new Map<string, number>();
    for (const target of spellings(path).flatMap((spelt) => [spelt, `https://${DOMAIN}${spelt}`])) {
      client.write(raw(`${method} ${target} HTTP/1.1`, [HOST]));
      const answer = await client.response(method);
      statuses.set(target, answer.status);
      if (answer.field("connection") === "close") client = await shared.connect();
    }
    // 400 for what is no target at all, and 421 where the octets behind the scheme name another host.
    expect([...statuses].filter(([, status]) => ![400, 401, 421].includes(status))).toEqual([]);
    expect(statuses.get(`${path}/%2e%2e/tools/invoke`)).toBe(401);
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test("the absolute form of the plain one is the plain one; of another host it is misdirected", async () => {
    expect(await sent(raw(`GET HTTPS://${DOMAIN}/share/abc?x HTTP/1.1`, ["Host: other"]))).toBe(
      forwarded("GET /share/abc?x", { user: undefined }),
    );
    expect((await answerTo(raw("GET https://other/share/abc HTTP/1.1", [HOST]))).status).toBe(421);
  });
});

describe("what is never open", () => {
  test.each([
    "/",
    "/tools/invoke",
    "/api/x",
    "/api/channels/mattermost/command/x",
    "/v1/models",
    "/sessions/x/history",
    "/share",
    "/j",
    "/hooks",
    "/__openclaw__/worker/x",
  ])("%s", async (path) => {
    for (const method of ["GET", "POST", "HEAD"]) expect((await answerTo(raw(`${method} ${path} HTTP/1.1`, [HOST]))).status).toBe(401);
    expect(shared.upstream.peers).toHaveLength(0);
  });
});

describe("the workers' path", () => {
  test("is open to a WebSocket, which goes on without a name and with empty scopes, and is cut by nobody's sign-out", async () => {
    shared.upstream.script = accepting;
    const client = await shared.connect();
    client.write(raw(`GET ${WORKER_PATH} HTTP/1.1`, [HOST, `Authorization: ${ALICE}`, "X-Forwarded-User: alice", ...HANDSHAKE]));
    expect((await client.response()).status).toBe(101);
    const peer = await shared.upstream.peer();
    expect(withoutPseudonym(await peer.head())).toBe(
      forwarded(`GET ${WORKER_PATH}`, {
        user: undefined,
        fields: ["Sec-WebSocket-Version: 13", HANDSHAKE[3], "Connection: Upgrade", "Upgrade: websocket"],
      }),
    );
    peer.write("from upstream");
    expect(await client.until("from upstream")).toBe("from upstream");
  });

  test.each(["GET", "POST", "HEAD"])("is not open to %s without an Upgrade", async (method) => {
    const client = await shared.connect();
    client.write(raw(`${method} ${WORKER_PATH} HTTP/1.1`, [HOST]));
    expect((await client.response(method)).status).toBe(401);
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test.each([
    `${WORKER_PATH}/`,
    `${WORKER_PATH}/x`,
    `/${WORKER_PATH}`,
    `${WORKER_PATH}%00`,
    `${WORKER_PATH}/..`,
    "/__OpenClaw__/worker",
    `${WORKER_PATH}-transfer`,
    "/x/../__openclaw__/worker",
  ])("is that path and no other: %s", async (path) => {
    const client = await shared.connect();
    client.write(raw(`GET ${path} HTTP/1.1`, [HOST, ...HANDSHAKE]));
    expect((await client.response()).status).toBe(401);
    expect(shared.upstream.peers).toHaveLength(0);
  });
});

test("a body goes through to somebody open, and a refused one's never becomes the next request", async () => {
  const hidden = request("POST /tools/invoke", ["Content-Length: 0"]);
  const client = await shared.connect();
  client.write(raw("POST /hookz HTTP/1.1", [HOST, `Content-Length: ${hidden.length}`], hidden));
  expect((await client.response()).status).toBe(401);
  await client.end();
  expect(shared.upstream.peers).toHaveLength(0);

  expect(await sent(raw("POST /hooks/wake HTTP/1.1", [HOST, "Content-Length: 2"], "{}"))).toBe(
    `${forwarded("POST /hooks/wake", { user: undefined, framing: ["Content-Length: 2"] })}{}`,
  );
});

describe("how often strangers may ask", () => {
  test("is counted for each client and each name; beyond it 429 says when, and nobody's sign-in is in the way", async () => {
    const { connect, upstream } = await edgeWith(answering(OK), { expose: ["share", "hooks"], limits: { exposeRate: 3 } });
    const client = await connect();
    const ask = async (line: string, from = client): Promise<number> => {
      from.write(raw(`${line} HTTP/1.1`, [HOST]));
      return (await from.response(line.split(" ")[0])).status;
    };
    const asked = [];
    for (let count = 0; count < 4; count++) asked.push(await ask("GET /share/x"));
    expect(asked).toEqual([200, 200, 200, 429]);

    client.write(raw("HEAD /share/y HTTP/1.1", [HOST]));
    const refused = await client.response("HEAD");
    expect(refused.status).toBe(429);
    expect(Number(refused.field("retry-after"))).toBeGreaterThan(0);
    expect(await ask("POST /hooks/x")).toBe(200);
    expect(await ask("GET /share/x", await connect({ localAddress: "127.0.0.2" }))).toBe(200);
    client.write(request("GET /"));
    expect((await client.response()).status).toBe(200);
    expect(upstream.text.split("\r\n\r\n").length - 1).toBe(6);
  });
});

describe("a reload", () => {
  test("that closes what was open cuts those who came by it within a second, with 4001, and nobody else", async () => {
    const { connect, edge, upstream } = await edgeWith(accepting, { expose: ["worker", "share"] });
    const config = { upstream: { kind: "tcp", host: "127.0.0.1", port: upstream.port }, routes: [], expose: ["worker"] } as const;
    const frame = "\u0081\u000astill open";
    const worker = await connect();
    worker.write(raw(`GET ${WORKER_PATH} HTTP/1.1`, [HOST, ...HANDSHAKE]));
    expect((await worker.response()).status).toBe(101);
    const alice = await connect();
    alice.write(request(`GET ${WORKER_PATH}`, HANDSHAKE));
    // The path is the workers' for everybody: a signed-in user is nobody there.
    expect((await alice.response()).status).toBe(101);
    const chat = await connect();
    chat.write(request("GET /", HANDSHAKE));
    expect((await chat.response()).status).toBe(101);

    expect(await edge.reload(config)).toEqual([]);
    (await upstream.peer(0)).write(frame);
    expect(await worker.until("still open")).toBe(frame);

    expect(await edge.reload({ ...config, expose: [] })).toEqual([]);
    for (const closed of [worker, alice]) {
      await closed.end(1_000);
      expect(closed.rest).toContain("\u000f\u00a1sign-in");
    }
    (await upstream.peer(2)).write(frame);
    expect(await chat.until("still open")).toBe(frame);

    const later = await connect();
    later.write(raw(`GET ${WORKER_PATH} HTTP/1.1`, [HOST, ...HANDSHAKE]));
    expect((await later.response()).status).toBe(401);
  });

  test("sends the next request another way, on the same connection, and leaves those under way where they are", async () => {
    const { connect, edge, upstream } = await edgeWith(undefined);
    const other = await startRawUpstream(answering(OK));
    onTestFinished(() => other.close());
    const [slow, client] = [await connect(), await connect()];
    slow.write(request("GET /app/slow"));
    const peer = await upstream.peer();
    await peer.head();
    const to = { kind: "tcp", host: "127.0.0.1", port: other.port } as const;
    await edge.reload({
      upstream: { ...to, port: upstream.port },
      routes: [{ path: "/app", to, strip: true, identity: true }],
      expose: [],
    });
    client.write(request("GET /app/fast"));
    expect((await client.response()).status).toBe(200);
    expect(other.text.split("\r\n")[0]).toBe("GET /fast HTTP/1.1");
    peer.write(OK);
    expect((await slow.response()).status).toBe(200);
    expect(upstream.peers).toHaveLength(1);
  });
});
