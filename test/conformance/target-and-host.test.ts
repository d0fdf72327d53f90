import { describe, expect, test } from "vitest";

import { DOMAIN, edgeForFile } from "../support/edge.ts";
import { answering, OK } from "../support/raw-upstream.ts";
import { forwarded, raw, request } from "../support/requests.ts";
import { sentThrough } from "../support/sent.ts";

const shared = edgeForFile();
const sent = sentThrough(shared);

async function refused(octets: string, status: number): Promise<void> {
  shared.upstream.script = answering(OK);
  const client = await shared.connect();
  client.write(octets);
  const response = await client.response();
  expect(response.status).toBe(status);
  expect(shared.upstream.peers).toHaveLength(0);
  if (status === 400) await client.end();
}

describe("Host (RFC 9112 §3.2)", () => {
  test.each([
    ["no Host", []],
    ["two that differ", [`Host: ${DOMAIN}`, "Host: evil.example"]],
    ["two that agree", [`Host: ${DOMAIN}`, `Host: ${DOMAIN}`]],
    ["an empty one", ["Host:"]],
    ["a list", [`Host: ${DOMAIN}, evil.example`]],
    ["userinfo (RFC 9110 §4.2.4)", [`Host: alice@${DOMAIN}`]],
    ["a path", [`Host: ${DOMAIN}/x`]],
    ["a space inside", [`Host: ${DOMAIN} evil.example`]],
    ["a port that is no number", [`Host: ${DOMAIN}:443x`]],
    ["a port above 65535", [`Host: ${DOMAIN}:65536`]],
    ["a broken IPv6 literal", ["Host: [::1"]],
    ["a scheme", [`Host: https://${DOMAIN}`]],
  ])("%s: 400, and nothing goes upstream", async (_, hosts) => {
    await refused(raw("GET / HTTP/1.1", hosts), 400);
  });

  test("HTTP/1.0 without Host is refused as well: there is no name to serve", async () => {
    await refused(raw("GET / HTTP/1.0", []), 400);
  });

  test.each(["evil.example", "127.0.0.1", "localhost", `${DOMAIN}.evil.example`, `x.${DOMAIN}`, `${DOMAIN}.`])(
    "a Host that this edge does not serve, %s, is answered 421 before any sign-in (RFC 9110 §15.5.20)",
    async (host) => {
      const client = await shared.connect();
      client.write(raw("GET / HTTP/1.1", [`Host: ${host}`]));
      const response = await client.response();
      expect({ status: response.status, challenge: response.field("www-authenticate") }).toEqual({ status: 421, challenge: undefined });
      expect(response.body).not.toContain(host);
      // With a wrong password too: nobody is told whether it was right, and no bcrypt is spent.
      client.write(raw("GET / HTTP/1.1", [`Host: ${host}`, "Authorization: Basic YWxpY2U6d3Jvbmc="]));
      expect((await client.response()).status).toBe(421);
      expect(shared.log.failedSignIns).toEqual([]);
      expect(shared.upstream.peers).toHaveLength(0);
    },
  );

  test.each([`${DOMAIN}:443`, DOMAIN.toUpperCase(), `${DOMAIN}:8443`, `${DOMAIN}:`])(
    "Host: %s goes through byte for byte, and so does X-Forwarded-Host",
    async (host) => {
      expect(await sent(request("GET /").replace(`Host: ${DOMAIN}`, `HOST:${host}`))).toBe(forwarded("GET /", { host }));
    },
  );
});

describe("request target", () => {
  test.each([
    "/",
    "/a/b?c=d&e=%2F",
    "//double//slashes/",
    "/a/../b/./c",
    "/%2e%2e/%2E./x",
    "/share/..\\x",
    "/a;b=c/%00%ff",
    "/?",
    "/??a?b",
    "/a|b{c}[d]^`",
    "/*",
    "/http://evil.example/",
    `/${"a".repeat(8_000)}`,
  ])("%s goes through byte for byte (RFC 9112 §3.2.1)", async (target) => {
    expect(await sent(request(`GET ${target}`))).toBe(forwarded(`GET ${target}`));
  });

  test.each([
    ["a fragment (RFC 9110 §4.2.5)", "/a#b"],
    ["a fragment at the end", "/#"],
    ["no slash", "a"],
    ["nothing but a query", "?a"],
    ["a control octet", "/a\x01"],
    ["obs-text", "/caf\xe9"],
    ["a quote", '/"'],
    ["an angle bracket", "/<x>"],
    ["another scheme", `ftp://${DOMAIN}/`],
    ["http, on a listener that speaks https (RFC 9110 §4.2.2)", `http://${DOMAIN}/`],
    ["absolute-form without an authority", "https:///x"],
    ["absolute-form with userinfo", `https://alice:x@${DOMAIN}/`],
    ["authority-form without CONNECT", `${DOMAIN}:443`],
    ["asterisk-form without OPTIONS (RFC 9112 §3.2.4)", "*"],
  ])("%s: 400, and nothing goes upstream", async (_, target) => {
    await refused(request(`GET ${target}`), 400);
  });

  test.each([
    [`https://${DOMAIN}/a?b`, "/a?b"],
    [`HTTPS://${DOMAIN}/a`, "/a"],
    [`https://${DOMAIN}`, "/"],
    [`https://${DOMAIN}?b`, "/?b"],
    [`https://${DOMAIN}//x`, "//x"],
  ])("absolute-form %s goes upstream in origin-form (RFC 9112 §3.2.2)", async (target, origin) => {
    expect(await sent(request(`GET ${target}`))).toBe(forwarded(`GET ${origin}`));
  });

  test("the authority of an absolute-form target wins over Host, and is what the upstream gets (RFC 9112 §3.2.2)", async () => {
    expect(await sent(request(`GET https://${DOMAIN}:443/a`).replace(`Host: ${DOMAIN}`, "Host: evil.example"))).toBe(
      forwarded("GET /a", { host: `${DOMAIN}:443` }),
    );
  });

  test("an authority that is not served is answered 421, whatever Host says", async () => {
    await refused(request("GET https://evil.example/a"), 421);
  });

  test("absolute-form without a valid Host is refused all the same (RFC 9112 §3.2)", async () => {
    await refused(raw(`GET https://${DOMAIN}/ HTTP/1.1`, []), 400);
  });
});

describe("methods that end at a gateway", () => {
  test("CONNECT is refused with 405 and no tunnel (RFC 9110 §9.3.6)", async () => {
    const client = await shared.connect();
    client.write(request(`CONNECT ${DOMAIN}:443`) + request("GET /behind"));
    const response = await client.response();
    await client.end();
    expect({ status: response.status, allow: response.field("allow") !== undefined, rest: client.rest }).toEqual({
      status: 405,
      allow: true,
      rest: "",
    });
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test("TRACE is refused with 405 and echoes nothing (RFC 9110 §9.3.8)", async () => {
    const client = await shared.connect();
    client.write(request("TRACE /", ["X-Secret: s3cret"]));
    const response = await client.response();
    expect(response.status).toBe(405);
    expect(response.field("allow")).toBe("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    expect(client.text).not.toContain("s3cret");
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test("OPTIONS with Max-Forwards: 0 is answered here (RFC 9110 §7.6.2)", async () => {
    const client = await shared.connect();
    client.write(request("OPTIONS *", ["Max-Forwards: 0"]));
    const response = await client.response();
    expect({ status: response.status, allow: response.field("allow"), length: response.field("content-length") }).toEqual({
      status: 204,
      allow: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
      length: undefined,
    });
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test("a Max-Forwards above 0 is decremented for OPTIONS, to 255 at most, and left alone for GET (RFC 9110 §7.6.2)", async () => {
    expect(await sent(request("OPTIONS *", ["Max-Forwards: 10"]))).toBe(forwarded("OPTIONS *", { fields: ["Max-Forwards: 9"] }));
    shared.upstream.reset();
    for (const many of ["256", "257", "99999999999", "9".repeat(400)]) {
      expect(await sent(request("OPTIONS *", [`Max-Forwards: ${many}`]))).toBe(forwarded("OPTIONS *", { fields: ["Max-Forwards: 255"] }));
      shared.upstream.reset();
    }
    expect(await sent(request("GET /", ["Max-Forwards: 0"]))).toBe(forwarded("GET /", { fields: ["Max-Forwards: 0"] }));
  });

  test("a 0 that hides behind a larger Max-Forwards is found, and never becomes -1 (RFC 9110 §7.6.2)", async () => {
    const client = await shared.connect();
    client.write(request("OPTIONS *", ["Max-Forwards: 5", "Max-Forwards: 0"]));
    expect((await client.response()).status).toBe(204);
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test("OPTIONS with an absolute-form target without a path goes upstream as * (RFC 9112 §3.2.4)", async () => {
    expect(await sent(request(`OPTIONS https://${DOMAIN}`))).toBe(forwarded("OPTIONS *"));
  });

  test("a request that has been here before is answered 508 and goes nowhere (RFC 9110 §7.6.3, RFC 5842 §7.2)", async () => {
    shared.upstream.script = answering(OK);
    const client = await shared.connect();
    client.write(request("GET /"));
    await client.response();
    const [, via = ""] = /Via: (.*)\r\n/.exec(shared.upstream.text) ?? [];
    expect(via).toMatch(/^1\.1 openclaw-edge-/);
    for (const fields of [[`Via: ${via}`], ["Via: 1.1 other", `via: 1.0 x, ${via}, 1.1 y`]]) {
      client.write(request("GET /again", fields));
      expect((await client.response()).status).toBe(508);
    }
    expect(shared.upstream.peers).toHaveLength(1);
  });
});
