import { once } from "node:events";
import { createServer } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { edgeWith } from "../support/edge.ts";
import { pause } from "../support/eventually.ts";
import { answering, OK, startRawUpstream } from "../support/raw-upstream.ts";
import { forwarded, HANDSHAKE, raw, request, withoutPseudonym } from "../support/requests.ts";

/** Where nobody listens, and no other test comes to: they all listen on 127.0.0.1, and a port that was just given back is soon another's. */
async function nobody(): Promise<{ readonly kind: "tcp"; readonly host: string; readonly port: number }> {
  const upstream = await startRawUpstream();
  await upstream.close();
  return { kind: "tcp", host: "127.0.0.66", port: upstream.port };
}

describe("the Gateway is down", () => {
  test("503 with Retry-After and a plain page, for a WebSocket handshake too, and the connection goes on (RFC 9110 §15.6.3)", async () => {
    const { connect, log } = await edgeWith(undefined, { upstream: await nobody(), timeouts: { hold: 300 } });
    const client = await connect();
    client.write(request("GET /", ["Accept: text/html"]));
    const page = await client.response();
    expect([page.status, page.field("retry-after"), page.field("content-type"), page.field("connection")]).toEqual([
      503,
      "5",
      "text/html; charset=utf-8",
      undefined,
    ]);
    expect(page.body).toContain("The Gateway is not running");
    expect(page.body).toContain('fetch("/readyz"');
    expect(page.body).toContain("this page loads again by itself");
    client.write(request("GET /"));
    const line = await client.response();
    expect([line.status, line.field("content-type"), line.body.split("\n").length]).toEqual([503, "text/plain; charset=utf-8", 2]);
    expect(line.body).not.toContain("this page");
    client.write(request("HEAD /"));
    expect((await client.response("HEAD")).status).toBe(503);
    client.write(request("POST /", ["Accept: text/html", "Content-Length: 0"]));
    const posted = await client.response();
    expect([posted.status, /<script|by itself/.test(posted.body)]).toEqual([503, false]); // it must not be posted again by itself
    client.write(request("GET /", HANDSHAKE));
    expect((await client.response()).status).toBe(503);
    await client.end();
    expect(log.exchanges.map(({ code }) => code)).toEqual(Array.from({ length: 5 }, () => "upstream_refused"));
  });

  test("a body that was on its way does not become a request after the 502", async () => {
    const { connect, upstream } = await edgeWith((peer) => void peer.socket.resetAndDestroy());
    const client = await connect();
    client.write(request("POST /", ["Content-Length: 100000"], "x".repeat(100)));
    expect((await client.response()).status).toBe(502);
    client.write(request("GET /hidden"));
    await client.end();
    await pause(10);
    expect(upstream.text).not.toContain("/hidden");
  });

  test("whoever is not signed in is asked to, and not told", async () => {
    const { connect } = await edgeWith(undefined, { upstream: await nobody() });
    const client = await connect();
    client.write(raw("GET / HTTP/1.1", ["Host: ai.example.com"]));
    expect((await client.response()).status).toBe(401);
  });

  test("and when it is back, the next request is served", async () => {
    const upstream = await nobody();
    const { connect } = await edgeWith(undefined, { upstream });
    const client = await connect();
    client.write(request("GET /"));
    expect((await client.response()).status).toBe(503);
    const server = createServer((socket) => void socket.once("data", () => socket.write(OK))).listen(upstream.port, upstream.host);
    onTestFinished(() => void server.close());
    await once(server, "listening");
    client.write(request("GET /"));
    expect((await client.response()).body).toBe("ok");
    client.destroy();
  });
});

test("a Gateway behind a unix socket is served alike, and its absence is a 503", async () => {
  const directory = await mkdtemp(join(tmpdir(), "openclaw-edge-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, "gateway.sock");
  const { connect } = await edgeWith(undefined, { upstream: { kind: "unix", path } });
  const client = await connect();
  client.write(request("GET /"));
  expect((await client.response()).status).toBe(503);
  let received = "";
  const server = createServer((socket) => {
    socket.on("data", (data: Buffer) => {
      received += data.toString("latin1");
      socket.write(OK);
    });
  }).listen(path);
  onTestFinished(() => void server.close());
  await once(server, "listening");
  client.write(request("GET /"));
  expect((await client.response()).body).toBe("ok");
  expect(withoutPseudonym(received)).toBe(forwarded("GET /"));
  client.destroy();
});

describe("somebody opens the edge on its own machine, and the Gateway refuses them", () => {
  const REFUSAL = raw(
    "HTTP/1.1 403 Forbidden",
    ["Content-Type: application/json", "Content-Length: 48"],
    '{"error":{"type":"proxy_attribution_required"}}  ',
  );
  const ACCEPT = "Accept: text/html,application/xhtml+xml";

  test("a navigation is told why; the connection goes on", async () => {
    const { connect, log, upstream } = await edgeWith(answering(REFUSAL));
    const client = await connect();
    client.write(request("GET /", [ACCEPT]));
    const page = await client.response();
    expect([page.status, page.field("content-type")]).toEqual([403, "text/html; charset=utf-8"]);
    expect(page.body).toContain("Open this by another address");
    expect(client.text).not.toContain("application/json");
    expect(log.exchanges.map(({ code, status }) => [status, code])).toEqual([[403, "loopback_client"]]);
    upstream.script = answering(OK);
    client.write(request("GET /next"));
    expect((await client.response()).body).toBe("ok");
  });

  test("pipelined navigations are each told, in order, and a request behind them is served", async () => {
    const { connect, upstream } = await edgeWith((peer) => {
      let heads = 0;
      peer.socket.on("data", () => {
        for (; heads < peer.text.split("\r\n\r\n").length - 1; heads++) peer.write(peer.text.includes("GET /last") ? OK : REFUSAL);
      });
    });
    const client = await connect();
    client.write(request("GET /1", [ACCEPT]) + request("GET /2", [ACCEPT]) + request("GET /last"));
    expect([(await client.response()).status, (await client.response()).status, (await client.response()).body]).toEqual([403, 403, "ok"]);
    expect(upstream.text.match(/GET \/\w+/g)).toEqual(["GET /1", "GET /2", "GET /last"]);
  });

  test("a fetch, and a 403 for another reason, get the upstream's own answer", async () => {
    const { connect } = await edgeWith(answering(REFUSAL));
    const client = await connect();
    client.write(request("GET /api"));
    expect((await client.response()).body).toContain('"proxy_attribution_required"');
    const other = await edgeWith(answering(raw("HTTP/1.1 403 Forbidden", ["Content-Length: 2"], "no")));
    const navigating = await other.connect();
    navigating.write(request("GET /", [ACCEPT]));
    expect((await navigating.response()).body).toBe("no");
  });
});
