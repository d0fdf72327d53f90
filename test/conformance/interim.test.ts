import { describe, expect, test } from "vitest";

import { edgeForFile } from "../support/edge.ts";
import { pause } from "../support/eventually.ts";
import { answering, OK } from "../support/raw-upstream.ts";
import { forwarded, raw, request, withoutPseudonym } from "../support/requests.ts";

const shared = edgeForFile();
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

describe("Expect: 100-continue (RFC 9110 §10.1.1)", () => {
  test("is passed on, the upstream's 100 comes back before the body is sent, and the final status follows", async () => {
    const client = await shared.connect();
    client.write(request("POST /", ["Expect: 100-Continue", "Content-Length: 4"]));
    const peer = await shared.upstream.peer();
    expect(withoutPseudonym(await peer.head())).toBe(
      forwarded("POST /", { fields: ["Expect: 100-Continue"], framing: ["Content-Length: 4"] }),
    );
    await pause(10);
    expect(client.text).toBe("");
    peer.write(CONTINUE);
    await client.until(CONTINUE);
    client.write("body");
    await peer.until("body");
    peer.write(OK);
    await client.until("ok");
    expect(client.text).toBe(CONTINUE + OK);
  });

  test("a final answer in the place of 100 is the answer; the connection ends, for nobody knows whether the body will come", async () => {
    const client = await shared.connect();
    client.write(request("POST /", ["Expect: 100-continue", "Content-Length: 4"]));
    const peer = await shared.upstream.peer();
    await peer.head();
    peer.write("HTTP/1.1 413 Content Too Large\r\nDate: x\r\nContent-Length: 0\r\n\r\n");
    await client.end();
    expect(client.text).toContain("HTTP/1.1 413 Content Too Large\r\n");
    client.write(request("GET /not-a-request"));
    await pause(10);
    expect(shared.upstream.text).not.toContain("not-a-request");
  });

  test("without a body there is nothing to wait for: the field is dropped", async () => {
    shared.upstream.script = answering(OK);
    const client = await shared.connect();
    client.write(request("GET /", ["Expect: 100-continue"]));
    await client.response();
    expect(withoutPseudonym(shared.upstream.text)).toBe(forwarded("GET /"));
  });

  test("from an HTTP/1.0 client it means nothing, and is dropped", async () => {
    const client = await shared.connect();
    client.write(request("POST /", ["Expect: 100-continue", "Content-Length: 2"], "ab").replace("HTTP/1.1", "HTTP/1.0"));
    const peer = await shared.upstream.peer();
    await peer.until("ab");
    expect(withoutPseudonym(peer.text)).toBe(`${forwarded("POST /", { framing: ["Content-Length: 2"], version: "1.0" })}ab`);
  });

  test.each(["x", "100-continue, x", "100-continue;q=1"])("an expectation that nobody can meet (%s) is answered 417", async (value) => {
    const client = await shared.connect();
    client.write(request("POST /", [`Expect: ${value}`, "Content-Length: 2"], "ab"));
    expect((await client.response()).status).toBe(417);
    await client.end();
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test("wrong credentials are answered without a 100: the body need not come at all", async () => {
    const client = await shared.connect();
    client.write(raw("POST / HTTP/1.1", ["Host: ai.example.com", "Expect: 100-continue", "Content-Length: 4"]));
    const response = await client.response();
    expect(response.status).toBe(401);
    await client.end();
    expect(shared.upstream.peers).toHaveLength(0);
  });
});

describe("interim answers (RFC 9110 §15.2)", () => {
  const HINTS = raw("HTTP/1.1 103 Early Hints", [
    "Link: </a.css>; rel=preload",
    "Connection: X-Private",
    "X-Private: y",
    "Content-Length: 5",
  ]);

  test("are forwarded to HTTP/1.1 clients in order, without hop-by-hop fields, and then the final one", async () => {
    shared.upstream.script = answering(raw("HTTP/1.1 102 Processing", []) + HINTS + OK);
    const client = await shared.connect();
    client.write(request("GET /"));
    await client.until("ok");
    expect(client.text).toBe(raw("HTTP/1.1 102 Processing", []) + raw("HTTP/1.1 103 Early Hints", ["Link: </a.css>; rel=preload"]) + OK);
  });

  test("are forwarded at once, not with the final one", async () => {
    const client = await shared.connect();
    client.write(request("GET /"));
    const peer = await shared.upstream.peer();
    await peer.head();
    peer.write(raw("HTTP/1.1 103 Early Hints", []));
    await client.until("103 Early Hints\r\n\r\n");
    peer.write(OK);
    await client.until("ok");
  });

  test("are never sent to HTTP/1.0 clients", async () => {
    shared.upstream.script = answering(CONTINUE + HINTS + OK);
    const client = await shared.connect();
    client.write(request("GET /").replace("HTTP/1.1", "HTTP/1.0"));
    await client.end();
    expect(client.text).toBe(OK.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
  });

  test("an interim answer in pieces is put together", async () => {
    const client = await shared.connect();
    client.write(request("GET /"));
    const peer = await shared.upstream.peer();
    await peer.head();
    for (const octet of raw("HTTP/1.1 103 Early Hints", ["A: b"]) + OK) {
      peer.write(octet);
      await pause(0);
    }
    await client.until("ok");
    expect(client.text).toBe(raw("HTTP/1.1 103 Early Hints", ["A: b"]) + OK);
  });
});
