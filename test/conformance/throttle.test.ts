/** Guessing passwords over real sockets; what is counted and forgotten has its tests in test/auth/throttle. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { createKnownDevices, DEVICE_COOKIE } from "../../src/auth/throttle/known-device.ts";
import { createEdge } from "../../src/edge.ts";
import { basic, BOB, edgeWith, type TestEdge } from "../support/edge.ts";
import { rawClient, type RawResponse } from "../support/raw-client.ts";
import { answering, OK } from "../support/raw-upstream.ts";
import { HANDSHAKE, raw, request, SWITCHING } from "../support/requests.ts";

const DOMAIN = "ai.example.com";

/** One request on a connection of its own, from an address of its own. */
async function ask(edge: TestEdge, authorization: string, from: string, ...lines: readonly string[]): Promise<RawResponse> {
  const client = await edge.connect({ localAddress: from });
  client.write(raw("GET / HTTP/1.1", [`Host: ${DOMAIN}`, `Authorization: ${authorization}`, ...lines]));
  const response = await client.response();
  client.destroy();
  return response;
}

async function guess(edge: TestEdge, name: string, from: string, times: number): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (let count = 0; count < times; count += 1) statuses.push((await ask(edge, basic(name, `guess ${from} ${count}`), from)).status);
  return statuses;
}

const ALICE = basic("alice", "correct horse");

describe("guessing at passwords", () => {
  test("is answered 429 with Retry-After after five, and then the right password too; nothing reaches the upstream", async () => {
    const edge = await edgeWith();
    expect(await guess(edge, "alice", "127.0.1.1", 7)).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const right = await ask(edge, ALICE, "127.0.1.1");
    expect(right.status).toBe(429);
    expect(Number(right.field("retry-after"))).toBeGreaterThan(25);
    expect(right.field("www-authenticate")).toBeUndefined();
    expect(right.field("cache-control")).toBe("no-store");
    expect(edge.upstream.peers).toHaveLength(0);
    expect(edge.log.exchanges.at(-1)).toMatchObject({ status: 429, code: "sign_in_throttled", user: undefined });
    expect(edge.log.failedSignIns).toHaveLength(5);
  });

  test("is answered the same whether or not the name exists", async () => {
    const edge = await edgeWith();
    const answers = async (name: string, from: string): Promise<readonly string[]> => {
      const heads: string[] = [];
      for (let count = 0; count < 7; count += 1) {
        const { head, body } = await ask(edge, basic(name, `guess ${count}`), from);
        heads.push(`${head}${body}`.replace(/Date: .*\r\n/, ""));
      }
      return heads;
    };
    expect(await answers("alice", "127.0.1.1")).toEqual(await answers("nobody", "127.0.1.2"));
  });

  test("goes on where it was after a restart of the edge", async () => {
    const first = await edgeWith(answering(OK));
    await guess(first, "alice", "127.0.1.1", 5);
    await first.edge.close({ grace: 0 });
    const edge = await createEdge(first.config, { log: first.log });
    onTestFinished(() => edge.close({ grace: 0 }));
    const port = edge.addresses.https[0]?.port ?? 0;
    const again = { ...first, connect: (options: object = {}) => rawClient({ port, ca: first.ca, ...options }) };
    expect((await ask(again, ALICE, "127.0.1.1")).status).toBe(429);
    expect((await ask(again, BOB, "127.0.1.2")).status).toBe(200);
  });

  test("makes a browser a page of it, with the time to wait", async () => {
    const edge = await edgeWith();
    await guess(edge, "alice", "127.0.1.1", 6);
    const page = await ask(edge, ALICE, "127.0.1.1", "Accept: text/html");
    expect(page.status).toBe(429);
    expect(page.field("content-type")).toBe("text/html; charset=utf-8");
    expect(page.field("retry-after")).toMatch(/^\d+$/);
    expect(page.body).toMatch(/Wait \d+ seconds, then load this page again/);
  });

  test("never cuts who is signed in: neither his tunnel, nor the requests of his connection", async () => {
    const edge = await edgeWith(async (peer, number) => {
      if (number > 0) return answering(OK)(peer, number);
      await peer.head();
      return peer.write(SWITCHING);
    });
    const tunnel = await edge.connect();
    tunnel.write(request("GET /chat", HANDSHAKE));
    expect((await tunnel.response()).status).toBe(101);
    const open = await edge.connect();
    open.write(request("GET /"));
    expect((await open.response()).status).toBe(200);
    await guess(edge, "alice", "127.0.0.1", 6);
    for (let from = 1; from < 6; from += 1) await guess(edge, "alice", `127.0.1.${from}`, 3);
    open.write(request("GET /"));
    expect((await open.response()).status).toBe(200);
    tunnel.write("still here");
    await (await edge.upstream.peer(0)).until("still here");
    expect(tunnel.closed || tunnel.ended).toBe(false);
  });

  test("goes no further over a connection that a proxy in front shares, where the owner has just signed in", async () => {
    const edge = await edgeWith(answering(OK), { trustedHops: ["127.0.0.1/32"] });
    const proxy = await edge.connect();
    const askBy = async (from: string, authorization: string): Promise<number> => {
      proxy.write(raw("GET / HTTP/1.1", [`Host: ${DOMAIN}`, `Authorization: ${authorization}`, `X-Forwarded-For: ${from}`]));
      return (await proxy.response()).status;
    };
    // His own address, too: behind it may be many.
    for (const from of ["192.0.2.66", "203.0.113.9"]) {
      expect(await askBy("203.0.113.9", from === "203.0.113.9" ? BOB : ALICE)).toBe(200);
      const statuses: number[] = [];
      for (let count = 0; count < 6; count += 1) statuses.push(await askBy(from, basic("nobody", `guess ${count}`)));
      expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
      expect(await askBy(from, from === "203.0.113.9" ? BOB : ALICE)).toBe(429);
    }
    // A proxy that does not say who its clients are: there the name alone makes them wait.
    expect(await askBy("unknown", ALICE)).toBe(200);
    for (let count = 0; count < 10; count += 1) expect(await askBy("unknown", basic("alice", `guess ${count}`))).toBe(401);
    expect(await askBy("unknown", ALICE)).toBe(429);
  });

  test("does not lock the owner out of a browser that he signed in with before", async () => {
    const edge = await edgeWith(answering(OK));
    for (let from = 1; from < 6; from += 1) await guess(edge, "alice", `127.0.1.${from}`, 3);
    expect((await ask(edge, ALICE, "127.0.2.1")).status).toBe(429);
    const devices = createKnownDevices(await readFile(join(dirname(edge.htpasswd), "state", "sign-in-key")));
    const cookie = (name: string): string => `Cookie: a=b; ${devices.setCookie(name).split(";")[0]}`;
    expect((await ask(edge, ALICE, "127.0.2.1", cookie("alice"))).status).toBe(200);
    expect(edge.upstream.text).not.toContain(DEVICE_COOKIE);
    expect((await ask(edge, ALICE, "127.0.2.1", cookie("bob"))).status).toBe(429);
    expect((await ask(edge, BOB, "127.0.2.1")).status).toBe(200);
  });
});
