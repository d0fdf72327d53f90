import { describe, expect, test } from "vitest";

import { readProxyHeader, type ProxyHeader } from "../../src/listener/proxy-protocol.ts";
import { edgeWith } from "../support/edge.ts";
import { rawClient } from "../support/raw-client.ts";
import { answering, OK } from "../support/raw-upstream.ts";
import { forwarded, request, withoutPseudonym } from "../support/requests.ts";

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];

/** A header of version 2. */
function version2(command: number, family: number, rest: readonly number[]): Buffer {
  return Buffer.from([...SIGNATURE, command, family, rest.length >> 8, rest.length & 0xff, ...rest]);
}

const IPV4 = [203, 0, 113, 7, 198, 51, 100, 1, 0x12, 0x67, 0x01, 0xbb];
const IPV6 = [
  ...[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9],
  ...Array.from({ length: 16 }, () => 1),
  0x12,
  0x67,
  0x01,
  0xbb,
];
const read = (text: string): ProxyHeader => readProxyHeader(Buffer.from(text, "latin1"));

describe("a PROXY header (HAProxy, The PROXY protocol)", () => {
  test.each([
    ["PROXY TCP4 203.0.113.7 198.51.100.1 4711 443\r\nGET", "203.0.113.7", 46],
    ["PROXY TCP6 2001:db8::9 2001:db8::1 4711 443\r\n", "2001:db8::9", 45],
  ])("of version 1 (§2.1): %j", (text, address, size) => {
    expect(read(text)).toEqual({ kind: "proxied", address, port: 4711, size });
  });

  test("of version 2 (§2.2): IPv4, IPv6, and additions behind the addresses are skipped", () => {
    expect(readProxyHeader(version2(0x21, 0x11, IPV4))).toEqual({ kind: "proxied", address: "203.0.113.7", port: 4711, size: 28 });
    expect(readProxyHeader(version2(0x21, 0x21, IPV6))).toMatchObject({ kind: "proxied", address: "2001:db8:0:0:0:0:0:9", size: 52 });
    const added = version2(0x21, 0x11, [...IPV4, 0xea, 0, 4, 1, 2, 3, 4]);
    expect(readProxyHeader(added)).toMatchObject({ kind: "proxied", size: added.length });
  });

  test("by which a balancer speaks for itself: LOCAL, UNKNOWN, unspecified, a unix socket", () => {
    expect(read("PROXY UNKNOWN\r\n")).toEqual({ kind: "local", size: 15 });
    expect(read("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n").kind).toBe("local");
    expect(readProxyHeader(version2(0x20, 0x00, []))).toEqual({ kind: "local", size: 16 });
    expect(readProxyHeader(version2(0x20, 0x11, IPV4)).kind).toBe("local");
    expect(readProxyHeader(version2(0x21, 0x00, [])).kind).toBe("local");
    expect(
      readProxyHeader(
        version2(
          0x21,
          0x31,
          Array.from({ length: 216 }, () => 0),
        ),
      ).kind,
    ).toBe("local");
  });

  test("cut at any octet is incomplete, never a wrong address", () => {
    const headers = [
      Buffer.from("PROXY TCP4 203.0.113.7 198.51.100.1 4711 443\r\n"),
      version2(0x21, 0x11, IPV4),
      version2(0x21, 0x21, IPV6),
    ];
    for (const header of headers) {
      for (let length = 0; length < header.length; length++) expect(readProxyHeader(header.subarray(0, length)).kind).toBe("incomplete");
    }
  });

  test.each([
    ["GET / HTTP/1.1\r\n"],
    ["proxy TCP4 203.0.113.7 198.51.100.1 4711 443\r\n"],
    ["PROXY TCP4 203.0.113.7 198.51.100.1 4711\r\n"],
    ["PROXY TCP4 203.0.113.7 198.51.100.1 4711 443 1\r\n"],
    ["PROXY TCP4 203.0.113.7  198.51.100.1 4711 443\r\n"],
    ["PROXY TCP4 2001:db8::9 2001:db8::1 4711 443\r\n"],
    ["PROXY TCP6 203.0.113.7 198.51.100.1 4711 443\r\n"],
    ["PROXY TCP6 fe80::1%eth0 2001:db8::1 4711 443\r\n"],
    ["PROXY TCP4 203.0.113.007 198.51.100.1 4711 443\r\n"],
    ["PROXY TCP4 203.0.113.7 198.51.100.1 04711 443\r\n"],
    ["PROXY TCP4 203.0.113.7 198.51.100.1 65536 443\r\n"],
    ["PROXY UDP4 203.0.113.7 198.51.100.1 4711 443\r\n"],
    [`PROXY UNKNOWN ${"x".repeat(100)}\r\n`],
    ["\x16\x03\x01"],
  ])("%j is none", (text) => {
    expect(read(text).kind).toBe("invalid");
  });

  test.each([
    ["version 3", version2(0x31, 0x11, IPV4)],
    ["an unknown command", version2(0x22, 0x11, IPV4)],
    ["datagrams", version2(0x21, 0x12, IPV4)],
    ["addresses that are cut short", version2(0x21, 0x11, IPV4.slice(0, 11))],
    ["IPv6 addresses that are cut short", version2(0x21, 0x21, IPV6.slice(0, 35))],
    ["a length beyond all reason", Buffer.from([...SIGNATURE, 0x21, 0x11, 0xff, 0xff])],
  ])("%s is none", (_, header) => {
    expect(readProxyHeader(header).kind).toBe("invalid");
  });
});

describe("a load balancer that sends PROXY headers", () => {
  const HEADER = Buffer.from("PROXY TCP4 203.0.113.7 198.51.100.1 4711 443\r\n");

  test.each([
    ["version 1", HEADER],
    ["version 2", version2(0x21, 0x11, IPV4)],
  ])("%s: the client that it names is the one whom the Gateway is told, whatever the client itself says", async (_, header) => {
    const { connect, upstream, log } = await edgeWith(answering(OK), { proxyProtocol: ["127.0.0.0/8"] });
    for (const cut of [0, 1, header.length - 1]) {
      const client = await connect({ preamble: [header.subarray(0, cut), header.subarray(cut)] });
      client.write(request("GET /", ["X-Forwarded-For: 192.0.2.66"]));
      expect((await client.response()).status).toBe(200);
    }
    const expected = forwarded("GET /", { client: "203.0.113.7" });
    expect(withoutPseudonym(upstream.text)).toBe(expected.repeat(3));
    expect(log.exchanges.map(({ client }) => client)).toEqual(Array.from({ length: 3 }, () => "203.0.113.7"));
  });

  test("and the octets of TLS may follow in the same packet", async () => {
    const { connect } = await edgeWith(answering(OK), { proxyProtocol: ["127.0.0.0/8"] });
    const client = await connect({ preamble: [HEADER] });
    client.write(request("GET /"));
    expect((await client.response()).status).toBe(200);
  });

  test("from elsewhere a header is refused: nobody may name himself", async () => {
    const { port, log } = await edgeWith(answering(OK), { proxyProtocol: ["192.0.2.0/24"] });
    for (const header of [HEADER, version2(0x21, 0x11, IPV4)]) {
      const tcp = await rawClient({ port, plain: true });
      tcp.write(header);
      await tcp.end();
      tcp.destroy();
    }
    expect(log.exchanges.map(({ client, code }) => [client, code])).toEqual([["127.0.0.1", "plain_http"]]);
  });

  test("is held to it where it was announced: a connection without a header is closed, on port 80 too", async () => {
    const { port: https, httpPort, connect } = await edgeWith(answering(OK), { proxyProtocol: ["127.0.0.1/32"] });
    await expect(connect()).rejects.toThrow(/closed|reset|disconnected/i);
    for (const port of [https, httpPort]) {
      const plain = await rawClient({ port, plain: true });
      plain.write("GET / HTTP/1.1\r\nHost: ai.example.com\r\n\r\n");
      await plain.end();
      expect(plain.text).toBe("");
    }
  });

  test("one that stops in the middle of its header is not waited for longer than for a first byte", async () => {
    const { port } = await edgeWith(answering(OK), { proxyProtocol: ["127.0.0.1/32"], timeouts: { firstByte: 200 } });
    const client = await rawClient({ port, plain: true });
    client.write("PROXY TCP4 203");
    await client.end();
  });

  test("does not use up a client's bound: the clients that it names do", async () => {
    const { connect, port } = await edgeWith(answering(OK), { proxyProtocol: ["127.0.0.1/32"], limits: { connectionsPerClient: 2 } });
    const open = (address: string) => connect({ preamble: [Buffer.from(`PROXY TCP4 ${address} 198.51.100.1 4711 443\r\n`)] });
    for (const address of ["203.0.113.1", "203.0.113.1", "203.0.113.2", "203.0.113.2", "203.0.113.3"]) await open(address);
    const third = await rawClient({ port, plain: true });
    third.write("PROXY TCP4 203.0.113.1 198.51.100.1 4711 443\r\n");
    await third.end();
  });
});
