import { describe, expect, test } from "vitest";

import { edgeForFile } from "../support/edge.ts";
import { pause } from "../support/eventually.ts";
import { answering, OK } from "../support/raw-upstream.ts";
import { dechunked, forwarded, request, withoutPseudonym } from "../support/requests.ts";

const shared = edgeForFile();

/** Sends it; the answer is 400, and the connection ends with it. */
async function refused(octets: string): Promise<void> {
  const client = await shared.connect();
  client.write(octets);
  const response = await client.response();
  await client.end();
  expect({ status: response.status, close: response.field("connection"), rest: client.rest }).toEqual({
    status: 400,
    close: "close",
    rest: "",
  });
}

/** The request that an attacker wants the upstream to see, hidden in the body of another. */
const SMUGGLED = request("POST /tools/invoke", ["Content-Length: 2"], "{}");
const CHUNKED_SMUGGLED = `0\r\n\r\n${SMUGGLED}`;

describe("a request whose framing two readers could read differently is refused with 400 and the connection closed, and nothing goes upstream", () => {
  const attacks: readonly (readonly [title: string, octets: string])[] = [
    [
      "CL.TE: Content-Length together with Transfer-Encoding (RFC 9112 §6.1, §6.3)",
      request("POST /", ["Content-Length: 4", "Transfer-Encoding: chunked"], CHUNKED_SMUGGLED),
    ],
    ["TE.CL: the same in the other order", request("POST /", ["Transfer-Encoding: chunked", "Content-Length: 4"], CHUNKED_SMUGGLED)],
    [
      "two Content-Length that differ (RFC 9112 §6.3)",
      request("POST /", ["Content-Length: 0", `Content-Length: ${SMUGGLED.length}`], SMUGGLED),
    ],
    ["two Content-Length that agree", request("POST /", ["Content-Length: 2", "Content-Length: 2"], "ok")],
    ["a listed Content-Length (RFC 9110 §8.6)", request("POST /", ["Content-Length: 2, 2"], "ok")],
    ["a signed Content-Length", request("POST /", ["Content-Length: +2"], "ok")],
    ["a hexadecimal Content-Length", request("POST /", ["Content-Length: 0x2"], "ok")],
    ["a Content-Length with an inner space", request("POST /", ["Content-Length: 2 0"], "ok")],
    ["an empty Content-Length", request("POST /", ["Content-Length:"], SMUGGLED)],
    ["a Content-Length beyond what a double counts", request("POST /", ["Content-Length: 18446744073709551618"], "ok")],
    [
      "TE.TE: two Transfer-Encoding lines (RFC 9112 §6.1)",
      request("POST /", ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], CHUNKED_SMUGGLED),
    ],
    ["Transfer-Encoding: chunked twice in a list", request("POST /", ["Transfer-Encoding: chunked, chunked"], CHUNKED_SMUGGLED)],
    ["a coding before chunked", request("POST /", ["Transfer-Encoding: gzip, chunked"], CHUNKED_SMUGGLED)],
    ["identity", request("POST /", ["Transfer-Encoding: identity"], CHUNKED_SMUGGLED)],
    ["xchunked", request("POST /", ["Transfer-Encoding: xchunked"], CHUNKED_SMUGGLED)],
    ["a quoted chunked", request("POST /", ['Transfer-Encoding: "chunked"'], CHUNKED_SMUGGLED)],
    ["chunked with a parameter", request("POST /", ["Transfer-Encoding: chunked;q=1"], CHUNKED_SMUGGLED)],
    ["an empty Transfer-Encoding", request("POST /", ["Transfer-Encoding:"], CHUNKED_SMUGGLED)],
    ["chunked behind a vertical tab (RFC 9110 §5.5)", request("POST /", ["Transfer-Encoding: \vchunked"], CHUNKED_SMUGGLED)],
    ["Transfer-Encoding before the colon's space (RFC 9112 §5.1)", request("POST /", ["Transfer-Encoding : chunked"], CHUNKED_SMUGGLED)],
    ["Transfer-Encoding on a folded line (RFC 9112 §5.2)", request("POST /", ["X: y", " Transfer-Encoding: chunked"], CHUNKED_SMUGGLED)],
    [
      "Transfer-Encoding in HTTP/1.0 (RFC 9112 §6.1)",
      request("POST /", ["Transfer-Encoding: chunked"], CHUNKED_SMUGGLED).replace("HTTP/1.1", "HTTP/1.0"),
    ],
  ];
  test.each(attacks)("%s", async (_, octets) => {
    shared.upstream.script = answering(OK);
    await refused(octets);
    expect(shared.upstream.peers).toHaveLength(0);
    expect(shared.log.exchanges).toHaveLength(1);
  });
});

describe("a malformed chunk (RFC 9112 §7.1) is refused with 400, and what goes upstream is no complete request", () => {
  const chunks: readonly (readonly [title: string, body: string])[] = [
    ["a size with a sign", "+2\r\nok\r\n0\r\n\r\n"],
    ["a size with a prefix", "0x2\r\nok\r\n0\r\n\r\n"],
    ["a space before the size", " 2\r\nok\r\n0\r\n\r\n"],
    ["a space behind the size", "2 \r\nok\r\n0\r\n\r\n"],
    ["no size", "\r\nok\r\n0\r\n\r\n"],
    ["a size of nine digits", "100000002\r\nok\r\n0\r\n\r\n"],
    ["a bare LF behind the size (CVE-2024-27919's class)", "2\nok\r\n0\r\n\r\n"],
    ["a bare CR behind the size", "2\rXok\r\n0\r\n\r\n"],
    ["a bare LF in an extension (TERM.EXT)", "2;\nxx\r\nok\r\n0\r\n\r\n"],
    ["data longer than its size", "2\r\nokay\r\n0\r\n\r\n"],
    ["a bare LF behind the data", "2\r\nok\n0\r\n\r\n"],
    ["two octets of anything behind the data (EXT.TERM)", "2\r\nokXX0\r\n\r\n"],
    ["a bare LF at the very end", "2\r\nok\r\n0\r\n\n"],
    ["a trailer without a colon", "2\r\nok\r\n0\r\nnonsense\r\n\r\n"],
    ["a folded trailer", "2\r\nok\r\n0\r\nX: y\r\n z\r\n\r\n"],
    ["a trailer over 8 KB", `2\r\nok\r\n0\r\nX: ${"y".repeat(9_000)}\r\n\r\n`],
    ["an extension over 256 octets (CVE-2023-39326)", `2;${"x".repeat(300)}\r\nok\r\n0\r\n\r\n`],
  ];
  test.each(chunks)("%s", async (_, body) => {
    await refused(request("POST /", ["Transfer-Encoding: chunked"], body + SMUGGLED));
    expect(shared.log.exchanges.map(({ code }) => code)).toEqual(["bad_chunk"]);
    await pause(10);
    expect(shared.upstream.text).not.toContain("0\r\n\r\n");
    expect(shared.upstream.text).not.toContain("/tools/invoke");
    for (const peer of shared.upstream.peers) expect(peer.closed || peer.ended).toBe(true);
  });

  test("and so when it comes after good chunks that are already upstream: the upstream's connection is cut", async () => {
    const client = await shared.connect();
    client.write(request("POST /", ["Transfer-Encoding: chunked"], "2\r\nok\r\n"));
    const peer = await shared.upstream.peer();
    await peer.until("2\r\nok\r\n");
    client.write(`zz\r\n${SMUGGLED}`);
    expect((await client.response()).status).toBe(400);
    await client.end();
    expect(withoutPseudonym(peer.text)).toBe(`${forwarded("POST /", { framing: ["Transfer-Encoding: chunked"] })}2\r\nok\r\n`);
    expect(peer.ended || peer.closed).toBe(true);
  });
});

describe("line ends and octets of the head", () => {
  const heads: readonly (readonly [title: string, octets: string, code: string])[] = [
    ["bare LF ends the request line (RFC 9112 §2.2)", "GET / HTTP/1.1\nHost: ai.example.com\r\n\r\n", "bad_line_end"],
    ["bare LF ends a field line", request("GET /", ["X: y\nTransfer-Encoding: chunked"]), "bad_line_end"],
    ["bare LF makes the empty line", request("GET /").replace(/\r\n$/, "\n"), "bad_line_end"],
    ["LF LF, which node:http would wait behind", "GET / HTTP/1.1\n\n", "bad_line_end"],
    ["a bare CR in a value (RFC 9112 §2.2)", request("GET /", ["X: a\rb"]), "bad_line_end"],
    ["a bare CR between fields", request("GET /", ["X: a\rY: b"]), "bad_line_end"],
    ["NUL in a value (RFC 9110 §5.5)", request("GET /", ["X: a\0b"]), "bad_field"],
    ["a control octet in a value", request("GET /", ["X: a\x01b"]), "bad_field"],
    ["DEL in a value", request("GET /", ["X: a\x7fb"]), "bad_field"],
    ["NUL in a name (RFC 9110 §5.6.2)", request("GET /", ["X\0: a"]), "bad_field"],
    ["a space before the colon (RFC 9112 §5.1)", request("GET /", ["X : y"]), "bad_field"],
    ["a tab before the colon", request("GET /", ["X\t: y"]), "bad_field"],
    ["a line that begins with a space: obs-fold (RFC 9112 §5.2)", request("GET /", ["X: a", " b"]), "bad_field"],
    ["a line that begins with a tab: obs-fold", request("GET /", ["X: a", "\tb"]), "bad_field"],
    ["whitespace before the first field (RFC 9112 §2.2)", "GET / HTTP/1.1\r\n Host: ai.example.com\r\n\r\n", "bad_field"],
    ["a field line without a colon", request("GET /", ["nonsense"]), "bad_field"],
    ["an empty field name", request("GET /", [": y"]), "bad_field"],
    ["a name that is no token", request("GET /", ["X(y): z"]), "bad_field"],
    ["obs-text in a name", request("GET /", ["X\xe9: z"]), "bad_field"],
    ["two spaces in the request line (RFC 9112 §3)", request("GET  /"), "bad_request_line"],
    ["a tab in the request line", request("GET\t/"), "bad_request_line"],
    ["no method", raw(" / HTTP/1.1"), "bad_request_line"],
    ["no version (HTTP/0.9)", raw("GET /"), "bad_request_line"],
    ["a lower-case version (RFC 9112 §2.3)", raw("GET / http/1.1"), "bad_request_line"],
    ["a space behind the version", raw("GET / HTTP/1.1 "), "bad_request_line"],
    ["two empty lines before the request line (RFC 9112 §2.2)", `\r\n\r\n${request("GET /")}`, "bad_request_line"],
  ];
  function raw(line: string): string {
    return `${line}\r\nHost: ai.example.com\r\n\r\n`;
  }
  test.each(heads)("%s: 400 and close", async (_, octets, code) => {
    await refused(octets + SMUGGLED);
    expect(shared.log.exchanges.map((exchange) => exchange.code)).toEqual([code]);
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test("a bare LF is answered at once, not after the head's time-out (RFC 9112 §2.2)", async () => {
    const client = await shared.connect();
    client.write("GET / HTTP/1.1\n");
    expect((await client.response("GET", 1_000)).status).toBe(400);
  });

  test("one empty line before the request line is read over (RFC 9112 §2.2)", async () => {
    shared.upstream.script = answering(OK);
    const client = await shared.connect();
    client.write(`\r\n${request("GET /a")}`);
    expect((await client.response()).status).toBe(200);
    expect(withoutPseudonym(shared.upstream.text)).toBe(forwarded("GET /a"));
  });

  test("another major version is answered 505 (RFC 9110 §15.6.6)", async () => {
    const client = await shared.connect();
    client.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    expect((await client.response()).status).toBe(505);
    await client.end();
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test("a head over 16 KB is answered 431 and closed, and so is one that has not ended by then", async () => {
    const complete = await shared.connect();
    complete.write(request("GET /", [`X: ${"y".repeat(16_384)}`]));
    expect((await complete.response()).status).toBe(431);
    await complete.end();
    const endless = await shared.connect();
    endless.write(`GET / HTTP/1.1\r\nX: ${"y".repeat(16_384)}`);
    expect((await endless.response()).status).toBe(431);
    await endless.end();
    expect(shared.upstream.peers).toHaveLength(0);
  });

  test("100 fields are taken, and 101 are answered 431", async () => {
    shared.upstream.script = answering(OK);
    const fields = (count: number): string[] => Array.from({ length: count - 2 }, (_, index) => `X${index}: y`);
    const client = await shared.connect();
    client.write(request("GET /", fields(100)));
    expect((await client.response()).status).toBe(200);
    client.write(request("GET /", fields(101)));
    expect((await client.response()).status).toBe(431);
    await client.end();
    expect(shared.upstream.peers).toHaveLength(1);
  });
});

describe("chunk framing is written anew (RFC 9112 §7.1)", () => {
  test("extensions and trailers are dropped, and chunks of one read become one chunk", async () => {
    shared.upstream.script = answering(OK);
    const client = await shared.connect();
    const body = '00003;name="value"\r\nabc\r\n2\r\nde\r\n0;last\r\nX-Forwarded-User: mallory\r\n\r\n';
    client.write(request("POST /", ["Transfer-Encoding: CHUNKED", "Trailer: X-Forwarded-User"], body));
    const peer = await shared.upstream.peer();
    await peer.until("0\r\n\r\n");
    expect(withoutPseudonym(peer.text)).toBe(`${forwarded("POST /", { framing: ["Transfer-Encoding: chunked"] })}5\r\nabcde\r\n0\r\n\r\n`);
    expect((await client.response()).status).toBe(200);
  });

  test("a body in one octet a chunk reaches the upstream whole", async () => {
    const client = await shared.connect();
    const text = Array.from({ length: 500 }, (_, index) => String.fromCharCode(97 + (index % 26))).join("");
    client.write(request("POST /", ["Transfer-Encoding: chunked"], `${[...text].map((octet) => `1\r\n${octet}\r\n`).join("")}0\r\n\r\n`));
    const peer = await shared.upstream.peer();
    await peer.until("0\r\n\r\n");
    const framed = peer.text.slice((await peer.head()).length);
    expect(dechunked(framed)).toBe(text);
  });
});
