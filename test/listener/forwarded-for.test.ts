import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { describe, expect, test } from "vitest";

import { parseRequestHead } from "../../src/http1/request-head.ts";
import { clientBehind } from "../../src/listener/forwarded-for.ts";
import { membership } from "../../src/listener/networks.ts";
import { edgeWith } from "../support/edge.ts";
import { answering, OK } from "../support/raw-upstream.ts";
import { forwarded, request, withoutPseudonym } from "../support/requests.ts";

const isTrusted = membership(["10.0.0.0/8", "2001:db8:ff::/48"]) as (address: string) => boolean;

function behind(peer: string, ...lines: readonly string[]): string {
  const head = parseRequestHead(`GET / HTTP/1.1\r\nHost: h\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`, {
    scheme: "https",
    fields: 100,
  });
  if (typeof head === "string") throw new Error(head);
  return clientBehind({ address: peer, port: 1, prefix: peer }, head, isTrusted).address;
}

describe("X-Forwarded-For", () => {
  test("of a stranger is a claim, and nothing more", () => {
    expect(behind("203.0.113.9", "X-Forwarded-For: 10.0.0.1")).toBe("203.0.113.9");
    expect(behind("11.0.0.1", "X-Forwarded-For: 192.0.2.1")).toBe("11.0.0.1");
  });

  test.each([
    ["the one that the hop wrote", ["X-Forwarded-For: 203.0.113.9"], "203.0.113.9"],
    ["not what the client wrote in front of it", ["X-Forwarded-For: 192.0.2.66, 203.0.113.9"], "203.0.113.9"],
    ["not what the client wrote in a line of its own", ["X-Forwarded-For: 192.0.2.66", "X-Forwarded-For: 203.0.113.9"], "203.0.113.9"],
    ["through several hops", ["X-Forwarded-For: 203.0.113.9, 10.0.0.2 , 10.0.0.3"], "203.0.113.9"],
    ["not a trusted address that the client claims", ["X-Forwarded-For: 10.0.0.9, 203.0.113.9, 10.0.0.3"], "203.0.113.9"],
    ["IPv6, through a hop of it", ["X-Forwarded-For: 2001:db8:0::9, 2001:db8:ff::1"], "2001:db8::9"],
    ["IPv4 that is written as IPv6", ["X-Forwarded-For: ::ffff:203.0.113.9"], "203.0.113.9"],
    ["with a port, as some proxies write it", ["X-Forwarded-For: 203.0.113.9:4711"], "203.0.113.9"],
    ["with brackets and a port", ["X-Forwarded-For: [2001:db8::9]:4711"], "2001:db8::9"],
    ["somebody inside, when all are trusted", ["X-Forwarded-For: 10.1.1.1, 10.0.0.2"], "10.1.1.1"],
    ["the hop itself where it wrote nothing", [], "10.0.0.1"],
    ["the hop itself where it wrote no address", ["X-Forwarded-For: unknown"], "10.0.0.1"],
    ["the hop itself where it wrote an empty one", ["X-Forwarded-For: 203.0.113.9,"], "10.0.0.1"],
    ["the last hop that is known in front of garbage", ["X-Forwarded-For: 203.0.113.9, x, 10.0.0.3"], "10.0.0.3"],
    ["never by another spelling of the field", ["X_Forwarded_For: 203.0.113.9"], "10.0.0.1"],
  ])("of a trusted hop tells the client: %s", (_, lines, expected) => {
    expect(behind("10.0.0.1", ...lines)).toBe(expected);
  });
});

test("attack: of a head of 15 KB nothing stays with the address that it told, which may be remembered for days", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const filler = `X: ${"x".repeat(15_000)}`;
  const remembered: string[] = [];
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < 1_000; index++) {
    remembered.push(behind("10.0.0.1", `X-Forwarded-For: 203.0.113.9, 203.100.100.${100 + (index % 100)}`, filler));
  }
  collect();
  expect((process.memoryUsage().heapUsed - before) / remembered.length).toBeLessThan(1_000);
});

test("behind a trusted hop the Gateway and the log are told the client, and each request on a connection has its own", async () => {
  const { connect, upstream, log } = await edgeWith(answering(OK), { trustedHops: ["127.0.0.1/32"] });
  const client = await connect();
  for (const address of ["203.0.113.9", "203.0.113.10"]) {
    client.write(request("GET /", [`X-Forwarded-For: 192.0.2.66, ${address}`]));
    expect((await client.response()).status).toBe(200);
  }
  expect(withoutPseudonym(upstream.text)).toBe(
    forwarded("GET /", { client: "203.0.113.9" }) + forwarded("GET /", { client: "203.0.113.10" }),
  );
  expect(log.exchanges.map(({ client: address }) => address)).toEqual(["203.0.113.9", "203.0.113.10"]);
});

test("a hop has no bound of its own: everybody comes through it", async () => {
  const { connect } = await edgeWith(answering(OK), { trustedHops: ["127.0.0.1/32"], limits: { connectionsPerClient: 2 } });
  for (let index = 0; index < 5; index++) await connect();
});
