import { rename, writeFile } from "node:fs/promises";

import { describe, expect, test } from "vitest";

import { LIVE } from "../../src/config/live.ts";
import { OPTIONS } from "../../src/config/options.ts";
import { bcrypt, shortestOf } from "../auth/support.ts";
import { DOMAIN, edgeWith } from "../support/edge.ts";
import { eventually } from "../support/eventually.ts";
import { answering, OK, startRawUpstream } from "../support/raw-upstream.ts";
import { HANDSHAKE, raw, request, SWITCHING } from "../support/requests.ts";

describe("a reload with another configuration", () => {
  test("bounds: a head that was too large is taken, and the next one over the new bound is not", async () => {
    const edge = await edgeWith(answering(OK));
    const long = request("GET /", [`X-Long: ${"x".repeat(20_000)}`]);
    const [before, after] = [await edge.connect(), await edge.connect()];
    before.write(long);
    expect((await before.response()).status).toBe(431);
    await edge.edge.reload({ ...edge.config, limits: { ...edge.config.limits, headSize: 30_000 } });
    after.write(long); // on a connection of before
    expect((await after.response()).status).toBe(200);
    await edge.edge.reload({ ...edge.config, limits: { ...edge.config.limits, headFields: 3 } });
    after.write(request("GET /", ["X-A: 1", "X-B: 2"]));
    expect((await after.response()).status).toBe(431);
  });

  test("time-outs: an idle connection of before ends by the new one", async () => {
    const edge = await edgeWith(answering(OK), { timeouts: { head: 40 } });
    const client = await edge.connect();
    await edge.edge.reload({ ...edge.config, timeouts: { ...edge.config.timeouts, idle: 50 } });
    client.write(request("GET /"));
    expect((await client.response()).status).toBe(200);
    await client.end();
  });

  test("connections per client: the bound is the new one, and nobody is cut who is in", async () => {
    const edge = await edgeWith(answering(OK));
    const clients = [await edge.connect(), await edge.connect()];
    await edge.edge.reload({ ...edge.config, limits: { ...edge.config.limits, connectionsPerClient: 2 } });
    await expect(edge.connect()).rejects.toThrow(/closed|disconnected|ECONNRESET|ended/);
    for (const client of clients) {
      client.write(request("GET /"));
      expect((await client.response()).status).toBe(200);
    }
    await edge.edge.reload(edge.config);
    await edge.connect();
  });

  test("Strict-Transport-Security and the Gateway's address, for the next request; an open WebSocket stays where it is", async () => {
    const edge = await edgeWith(async (peer) => {
      const head = await peer.head();
      peer.write(head.includes("Upgrade") ? SWITCHING : OK);
    });
    const chat = await edge.connect();
    chat.write(request("GET /chat", HANDSHAKE));
    await chat.response();
    const other = await startRawUpstream(answering(OK));
    const client = await edge.connect();
    await edge.edge.reload({ ...edge.config, hsts: 7, upstream: { kind: "tcp", host: "127.0.0.1", port: other.port } });
    client.write(request("GET /"));
    expect((await client.response()).field("strict-transport-security")).toBe("max-age=7");
    expect(other.text).toContain("GET / HTTP/1.1");
    chat.write("frames");
    await (await edge.upstream.peer()).until("frames");
    await other.close();
  });

  test("wrong options are no part of it: what is listed as live is an option, or a key of the file", () => {
    for (const name of LIVE) expect(name in OPTIONS || name === "routes").toBe(true);
  });

  test("stops within the new time", async () => {
    const edge = await edgeWith(() => {});
    const client = await edge.connect();
    client.write(raw("GET / HTTP/1.1", [`Host: ${DOMAIN}`, ...request("").split("\r\n").slice(2, 3)]));
    await eventually(() => edge.upstream.peers.length === 1);
    await edge.edge.reload({ ...edge.config, timeouts: { ...edge.config.timeouts, drain: 20 } });
    await edge.edge.close();
    expect(edge.log.exchanges).toMatchObject([{ code: "shutting_down" }]);
  });
});

test("100,000 users who are replaced by 100,000 others hold nobody up in a running edge: no turn of the event loop takes 20 ms", async () => {
  const { edge, htpasswd } = await edgeWith(answering(OK));
  const hash = bcrypt("x");
  const text = (salt: string): Buffer => Buffer.from(Array.from({ length: 100_000 }, (_, index) => `${salt}-${index}:${hash}`).join("\n"));
  const [one, other] = [text("a"), text("b")];
  let turn = 0;
  const replace = async (): Promise<void> => {
    await writeFile(`${htpasswd}.new`, ++turn % 2 === 0 ? one : other, { mode: 0o600 });
    await rename(`${htpasswd}.new`, htpasswd);
    expect(await edge.reload()).toEqual([]);
  };
  await replace();
  const longest = await shortestOf(4, 20, replace);
  expect((await edge.status()).users.count).toBe(100_000);
  expect(longest).toBeLessThan(20);
});
