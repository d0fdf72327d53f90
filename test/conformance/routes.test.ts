import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";

import type { RouteConfig } from "../../src/config/edge-config.ts";
import { ALICE, DOMAIN, edgeWith, startEdge, type TestEdge } from "../support/edge.ts";
import { answering, OK, startRawUpstream, type RawUpstream } from "../support/raw-upstream.ts";
import { forwarded, HANDSHAKE, raw, request, withoutPseudonym } from "../support/requests.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { accepting } from "../support/tunnel.ts";

const APP = "app.example.com";

/** The Gateway, and somebody else on another port. */
let gateway: RawUpstream;
let other: RawUpstream;
let edge: TestEdge;

beforeAll(async () => {
  [gateway, other] = await Promise.all([startRawUpstream(), startRawUpstream()]);
  const to = { kind: "tcp", host: "127.0.0.1", port: other.port } as const;
  const routes: readonly RouteConfig[] = [
    { path: "/", host: APP, to, strip: false, identity: true },
    { path: "/kept", to, strip: false, identity: true },
    { path: "/cut", to, strip: true, identity: true },
    { path: "/quiet", to, strip: true, identity: false },
    { path: "/kept/hook", to, strip: false, identity: true, expose: "telegram" },
    { path: "/gone", to: { kind: "unix", path: "/nonexistent/socket" }, strip: false, identity: true },
  ];
  edge = await startEdge({
    upstream: gateway.port,
    domains: [
      { kind: "name", value: DOMAIN },
      { kind: "name", value: APP },
    ],
    routes,
    expose: ["share", "hooks"],
    limits: { idleUpstream: 0 },
  });
});
beforeEach(() => {
  for (const upstream of [gateway, other]) {
    upstream.reset();
    upstream.script = answering(OK);
  }
  edge.log.exchanges.length = 0;
});
afterAll(async () => {
  await edge.close();
  await Promise.all([gateway.close(), other.close()]);
});

async function ask(
  octets: string,
): Promise<{ readonly status: number; readonly body: string; readonly gateway: string; readonly other: string }> {
  const client = await edge.connect({ servername: DOMAIN });
  client.write(octets);
  const { status, body } = await client.response(octets.slice(0, octets.indexOf(" ")));
  client.destroy();
  return { status, body, gateway: withoutPseudonym(gateway.text), other: withoutPseudonym(other.text) };
}

const nothing = { gateway: "", other: "" };

describe("a signed-in request goes to whom the route names, and to nobody else", () => {
  test.each([
    ["kept", "/kept/x?y=1", {}],
    ["kept with nothing behind it", "/kept", {}],
    ["the Gateway's own", "/keptx", { gateway: true }],
    ["the Gateway's own, by whole segments", "/", { gateway: true }],
  ] as const)("its path %s: %s", async (_, target, { gateway: isGateway = false }: { readonly gateway?: boolean }) => {
    const expected = forwarded(`GET ${target}`);
    expect(await ask(request(`GET ${target}`))).toMatchObject(
      isGateway ? { status: 200, gateway: expected, other: "" } : { status: 200, gateway: "", other: expected },
    );
  });

  test.each([
    ["/cut/x?y=1", "/x?y=1"],
    ["/cut", "/"],
    ["/cut/", "/"],
    ["/cut?y", "/?y"],
  ])("its path taken off, and named in X-Forwarded-Prefix: %s as %s", async (target, onward) => {
    const spoofed = request(`GET ${target}`, ["X-Forwarded-Prefix: /evil", "x_forwarded_prefix: /evil"]);
    expect(await ask(spoofed)).toEqual({ status: 200, body: "ok", gateway: "", other: forwarded(`GET ${onward}`, { prefix: "/cut" }) });
  });

  test("its host's: all paths, the Gateway's open ones too, which ask for a sign-in there", async () => {
    const line = "GET /share/x";
    expect(await ask(raw(`${line} HTTP/1.1`, [`Host: ${APP}`]))).toMatchObject({ status: 401, ...nothing });
    expect(await ask(raw(`${line} HTTP/1.1`, [`Host: ${APP}`, `Authorization: ${ALICE}`]))).toMatchObject({
      status: 200,
      gateway: "",
      other: forwarded(line, { host: APP }),
    });
  });

  test("without who is signed in, where it is not to be told", async () => {
    expect((await ask(request("GET /quiet/x", ["X-Forwarded-User: mallory"]))).other).toBe(
      forwarded("GET /x", { user: undefined, prefix: "/quiet" }),
    );
    expect(edge.log.exchanges).toMatchObject([{ user: "alice" }]);
  });

  test("with the identity and the scopes that the Gateway would get, and never with what is the edge's own", async () => {
    const own = ["Cookie: __Host-openclaw-edge-device=1; a=b", "X-OpenClaw-Scopes: operator.admin", "Connection: X-Forwarded-User"];
    expect((await ask(request("GET /kept/x", own))).other).toBe(forwarded("GET /kept/x", { fields: ["Cookie: a=b"] }));
  });

  test("with its body", async () => {
    const sent = request("POST /cut/x", ["Content-Length: 4"], "body");
    expect((await ask(sent)).other).toBe(`${forwarded("POST /x", { prefix: "/cut", framing: ["Content-Length: 4"] })}body`);
  });

  test("as a WebSocket, too, which is a tunnel to that target", async () => {
    other.script = accepting;
    const client = await edge.connect();
    client.write(request("GET /cut/socket", HANDSHAKE));
    expect((await client.response()).status).toBe(101);
    const peer = await other.peer();
    expect((await peer.head()).split("\r\n")[0]).toBe("GET /socket HTTP/1.1");
    expect(peer.text).toContain("X-Forwarded-User: alice\r\n");
    peer.write("hello");
    expect(await client.until("hello")).toBe("hello");
    expect(gateway.peers).toHaveLength(0);
    client.destroy();
  });
});

describe("attack: what a route leads to speaks for the whole host", () => {
  test("it neither ends nor prolongs how long browsers insist on HTTPS there (RFC 6797 §6.1)", async () => {
    const target = await startRawUpstream(
      answering(
        raw("HTTP/1.1 103 Early Hints", ["Strict-Transport-Security: max-age=0"]) +
          raw("HTTP/1.1 200 OK", [
            "Strict-Transport-Security: max-age=0",
            "strict-transport-security: max-age=1; includeSubDomains",
            "Content-Length: 0",
          ]),
      ),
    );
    onTestFinished(() => target.close());
    const to = { kind: "tcp", host: "127.0.0.1", port: target.port } as const;
    for (const hsts of [300, 0]) {
      const { connect } = await edgeWith(answering(OK), { hsts, routes: [{ path: "/app", to, strip: false, identity: true }] });
      const client = await connect();
      client.write(request("GET /app"));
      await client.response();
      await client.response();
      expect(client.text.match(/strict-transport-security: .*/gi)).toEqual(hsts === 0 ? null : ["Strict-Transport-Security: max-age=300"]);
    }
  });
});

describe("without a sign-in", () => {
  test.each(["/kept", "/cut/x", "/quiet", "/kept/hook/x", "/gone"])(
    "%s is refused, HTTP and WebSocket alike, and nobody hears of it",
    async (path) => {
      for (const fields of [[], HANDSHAKE])
        expect(await ask(raw(`GET ${path} HTTP/1.1`, [`Host: ${DOMAIN}`, ...fields]))).toMatchObject({ status: 401, ...nothing });
      expect(await ask(raw(`POST ${path} HTTP/1.1`, [`Host: ${DOMAIN}`]))).toMatchObject({ status: 401, ...nothing });
    },
  );

  test("a route that is open is that path, by its methods, and goes to its target without a name", async () => {
    const host = [`Host: ${DOMAIN}`];
    expect(
      await ask(raw("POST /kept/hook?a HTTP/1.1", [...host, `Authorization: ${ALICE}`, "X-Telegram-Bot-Api-Secret-Token: s"])),
    ).toMatchObject({
      status: 200,
      gateway: "",
      other: forwarded("POST /kept/hook?a", { user: undefined, fields: ["X-Telegram-Bot-Api-Secret-Token: s"] }),
    });
    expect(edge.log.exchanges).toMatchObject([{ exemption: "telegram", user: undefined }]);
    other.reset();
    for (const octets of [
      raw("GET /kept/hook HTTP/1.1", host),
      raw("GET /kept/hook HTTP/1.1", [...host, ...HANDSHAKE]),
      ...[
        "/kept/hook/",
        "/kept/hook/..",
        "/kept/hook/../x",
        "/kept/hook%2f",
        "/kept/./hook",
        "/kept//hook",
        "/KEPT/hook",
        "/kept/%68ook",
        "//kept/hook",
        "/kept/hook;x",
        "/kept\\hook",
        "/x/../kept/hook",
      ].map((path) => raw(`POST ${path} HTTP/1.1`, host)),
    ])
      expect(await ask(octets)).toMatchObject({ status: 401, ...nothing });
  });
});

describe("a path that somebody could resolve to another one", () => {
  test.each([
    ...[
      "/kept/../admin",
      "/kept/%2e%2e/admin",
      "/kept/%2E%2E%2Fadmin",
      "/kept/..%5cadmin",
      "/kept/..\\admin",
      "/kept/..;/admin",
      "/kept/%252e%252e/x",
      "/kept/x/../../admin",
      "/kept/.",
    ],
    ...["/cut//evil.example/x", "/cut/\\evil.example/x", "/cut/%2fevil", "/cut/.//evil", "/cut//", "/cut/../x"],
    ...[`https://${DOMAIN}/cut//evil.example/`, `https://${DOMAIN}/kept/../x`],
  ])("%s goes nowhere: 400 for who is signed in, 401 for who is not", async (target) => {
    expect(await ask(request(`GET ${target}`))).toMatchObject({ status: 400, ...nothing });
    expect(await ask(raw(`GET ${target} HTTP/1.1`, [`Host: ${DOMAIN}`]))).toMatchObject({ status: 401, ...nothing });
  });
});

test("a target that is not there is not called the Gateway: 502, and the log says why", async () => {
  const { status, body } = await ask(request("GET /gone/x"));
  expect([status, body.includes("Gateway")]).toEqual([502, false]);
  expect(edge.log.exchanges).toMatchObject([{ status: 502, code: "upstream_refused" }]);
});

test("each target has connections of its own, kept alive and never mixed up", async () => {
  const second = await startRawUpstream(answering(OK));
  const { connect, upstream } = await edgeWith(answering(OK), {
    routes: [{ path: "/second", to: { kind: "tcp", host: "127.0.0.1", port: second.port }, strip: false, identity: true }],
  });
  const client = await connect();
  for (const path of ["/1", "/second/2", "/3", "/second/4"]) {
    client.write(request(`GET ${path}`));
    expect((await client.response()).status).toBe(200);
  }
  const lines = (text: string): readonly string[] => text.split("\r\n").filter((line) => line.startsWith("GET "));
  expect(lines(upstream.text)).toEqual(["GET /1 HTTP/1.1", "GET /3 HTTP/1.1"]);
  expect(lines(second.text)).toEqual(["GET /second/2 HTTP/1.1", "GET /second/4 HTTP/1.1"]);
  expect([upstream.peers.length, second.peers.length]).toEqual([1, 1]);
  await second.close();
});

test("a unix socket is a target like any other", async () => {
  const path = join(await scratchDirectory(), "app.sock");
  const { createServer } = await import("node:net");
  let text = "";
  const server = createServer((socket) => socket.on("data", (data) => ((text += data.toString("latin1")), socket.write(OK))));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const { connect } = await edgeWith(undefined, { routes: [{ path: "/app", to: { kind: "unix", path }, strip: true, identity: true }] });
  const client = await connect();
  client.write(request("GET /app/x"));
  expect((await client.response()).status).toBe(200);
  expect(withoutPseudonym(text)).toBe(forwarded("GET /x", { prefix: "/app" }));
  client.destroy();
  server.close();
});
