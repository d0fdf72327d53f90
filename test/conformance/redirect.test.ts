import { connect } from "node:net";

import { describe, expect, test } from "vitest";

import { DOMAIN, edgeForFile, edgeWith } from "../support/edge.ts";
import type { RawResponse } from "../support/raw-client.ts";
import { rawClient } from "../support/raw-client.ts";
import { answering, OK } from "../support/raw-upstream.ts";
import { HANDSHAKE, raw, request } from "../support/requests.ts";

const shared = edgeForFile({
  domains: [
    { kind: "name", value: DOMAIN },
    { kind: "ip", value: "127.0.0.1" },
  ],
});

async function plainly(octets: string, port = shared.edge.httpPort): Promise<RawResponse> {
  shared.upstream.script = answering(OK);
  const client = await rawClient({ port, plain: true });
  client.write(octets);
  const response = await client.response();
  client.destroy();
  expect(shared.upstream.peers).toHaveLength(0);
  return response;
}

describe("port 80 redirects and never proxies", () => {
  test.each(["/", "/a/b?c=d&e", "//x", "/%2e%2e/\\x", "/?"])(
    "a configured name: 308 to the same target, %s, byte for byte (RFC 9110 §15.4.9)",
    async (target) => {
      const response = await plainly(raw(`GET ${target} HTTP/1.1`, [`Host: ${DOMAIN}`]));
      expect([response.status, response.field("location")]).toEqual([308, `https://${DOMAIN}:${shared.edge.port}${target}`]);
    },
  );

  test("the port of the request is not the port of the answer, and an address works as a name does", async () => {
    expect((await plainly(raw("GET /a HTTP/1.1", [`Host: ${DOMAIN.toUpperCase()}:8080`]))).field("location")).toBe(
      `https://${DOMAIN}:${shared.edge.port}/a`,
    );
    expect((await plainly(raw("GET /a HTTP/1.1", ["Host: 127.0.0.1"]))).field("location")).toBe(`https://127.0.0.1:${shared.edge.port}/a`);
  });

  test.each(["evil.example", `${DOMAIN}.evil.example`, "localhost"])(
    "an unknown Host, %s, is answered 421 and never reflected (RFC 9110 §15.5.20)",
    async (host) => {
      const response = await plainly(raw("GET /a HTTP/1.1", [`Host: ${host}`]));
      expect([response.status, response.field("location")]).toEqual([421, undefined]);
      expect(response.head + response.body).not.toContain(host);
    },
  );

  test("absolute-form of http is taken, and of https is not: this listener does not speak it (RFC 9112 §3.2.2)", async () => {
    expect((await plainly(raw(`GET http://${DOMAIN}/a HTTP/1.1`, ["Host: evil.example"]))).field("location")).toBe(
      `https://${DOMAIN}:${shared.edge.port}/a`,
    );
    expect((await plainly(raw(`GET https://${DOMAIN}/a HTTP/1.1`, [`Host: ${DOMAIN}`]))).status).toBe(400);
  });

  test("credentials in clear, a handshake and a body are redirected all the same; nothing goes upstream", async () => {
    expect((await plainly(request("GET /"))).status).toBe(308);
    expect((await plainly(request("GET /chat", HANDSHAKE))).status).toBe(308);
    const posted = await plainly(request("POST /", ["Content-Length: 4"], "body"));
    expect([posted.status, posted.field("connection")]).toEqual([308, "close"]);
  });

  test("a client that says all it has to say and half-closes gets its answer", async () => {
    const socket = connect({ port: shared.edge.httpPort, host: "127.0.0.1", allowHalfOpen: true });
    socket.end(raw("GET /a HTTP/1.1", [`Host: ${DOMAIN}`]));
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toContain(`Location: https://${DOMAIN}:${shared.edge.port}/a`);
  });

  test("there is no Strict-Transport-Security in clear (RFC 6797 §7.2)", async () => {
    expect((await plainly(raw("GET / HTTP/1.1", [`Host: ${DOMAIN}`]))).field("strict-transport-security")).toBeUndefined();
  });

  test("a second request on the connection is answered too", async () => {
    const client = await rawClient({ port: shared.edge.httpPort, plain: true });
    client.write(raw("GET /1 HTTP/1.1", [`Host: ${DOMAIN}`]) + raw("HEAD /2 HTTP/1.1", [`Host: ${DOMAIN}`]));
    expect((await client.response()).field("location")).toMatch(/\/1$/);
    expect((await client.response("HEAD")).field("location")).toMatch(/\/2$/);
    client.destroy();
  });
});

test("plain HTTP on the HTTPS port is told so with a 400, and gets nothing else", async () => {
  const client = await rawClient({ port: shared.edge.port, plain: true });
  client.write(request("GET /"));
  const response = await client.response();
  expect([response.status, response.field("connection"), response.field("location")]).toEqual([400, "close", undefined]);
  expect(response.body).toContain("This port speaks HTTPS");
  await client.end();
  client.destroy();
});

describe("Strict-Transport-Security (RFC 6797)", () => {
  const FIELD = "strict-transport-security";

  test("is sent for names, on the upstream's answers and the edge's own, and not twice where the upstream sends it", async () => {
    const { connect, upstream } = await edgeWith(answering(OK), { hsts: 300 });
    const client = await connect();
    client.write(request("GET /"));
    expect((await client.response()).field(FIELD)).toBe("max-age=300");
    client.write(raw("GET / HTTP/1.1", [`Host: ${DOMAIN}`]));
    expect((await client.response()).field(FIELD)).toBe("max-age=300");
    upstream.script = answering(raw("HTTP/1.1 200 OK", ["Connection: close", "Strict-Transport-Security: max-age=7", "Content-Length: 0"]));
    for (const peer of upstream.peers) peer.socket.end();
    client.write(request("GET /"));
    await client.response();
    client.write(request("GET /"));
    expect((await client.response()).lines.filter((line) => line.toLowerCase().startsWith(FIELD))).toEqual([
      "Strict-Transport-Security: max-age=7",
    ]);
  });

  test("is not sent for IP addresses (RFC 6797 §8.1.1)", async () => {
    const domains = [
      { kind: "name", value: DOMAIN },
      { kind: "ip", value: "127.0.0.1" },
    ] as const;
    const { connect } = await edgeWith(answering(OK), { domains, hsts: 86_400 });
    const client = await connect();
    client.write(request("GET /").replace(`Host: ${DOMAIN}`, "Host: 127.0.0.1"));
    expect((await client.response()).field(FIELD)).toBeUndefined();
    client.write(request("GET /"));
    expect((await client.response()).field(FIELD)).toBe("max-age=86400");
  });

  test("is not sent when it is switched off", async () => {
    const { connect } = await edgeWith(answering(OK), { hsts: 0 });
    const client = await connect();
    client.write(request("GET /"));
    expect((await client.response()).field(FIELD)).toBeUndefined();
  });

  test("is not sent with the local CA: whoever trusts it may leave it again", async () => {
    const { connect } = await edgeWith(answering(OK), {
      hsts: 300,
      tls: { kind: "internal" },
      domains: [{ kind: "name", value: "localhost" }],
    });
    const client = await connect({ ca: undefined, servername: "localhost" });
    client.write(request("GET /").replace(`Host: ${DOMAIN}`, "Host: localhost"));
    const response = await client.response();
    expect([response.status, response.field(FIELD)]).toEqual([200, undefined]);
  });
});
