import { describe, expect, it } from "vitest";

import { ERRORS } from "../../src/errors.ts";
import type { ErrorCode } from "../../src/errors.ts";
import type { RequestHead } from "../../src/exchange.ts";
import { parseRequestHead } from "../../src/http1/request-head.ts";
import type { RequestGrammar } from "../../src/http1/request-head.ts";
import { readOurRequests } from "./differential/our-requests.ts";
import { byteByByte, cutAt, octets } from "./differential/reads.ts";

const HTTPS: RequestGrammar = { scheme: "https", fields: 100 };

function parse(text: string, grammar = HTTPS): RequestHead | ErrorCode {
  return parseRequestHead(text, grammar);
}

function accepted(text: string, grammar = HTTPS): RequestHead {
  const head = parse(text, grammar);
  if (typeof head === "string") throw new Error(`refused with ${head}`);
  return head;
}

describe("A request head (RFC 9112 §3)", () => {
  it("is read into what it says, and nothing of it is lost", () => {
    const text = "POST /a/b?c=d HTTP/1.1\r\nHost: Gateway.example:8443\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 12\r\n\r\n";
    const head = accepted(text);
    expect(head).toMatchObject({
      method: "POST",
      target: "/a/b?c=d",
      minor: 1,
      authority: "Gateway.example:8443",
      host: "gateway.example",
      port: 8443,
      framing: { kind: "length", length: 12 },
      persistent: true,
      expectsContinue: false,
      websocket: false,
      size: text.length,
    });
    expect(head.fields.names).toEqual(["Host", "X-A", "x-a", "Content-Length"]);
    expect(head.fields.all("x-a")).toEqual(["1", "2"]);
  });

  it("has an absolute-form target only with the scheme of the port it came in by (§3.2.2)", () => {
    const head = (scheme: string): string => `GET ${scheme}://b.example/x HTTP/1.1\r\nHost: a\r\n\r\n`;
    expect(accepted(head("https"))).toMatchObject({ target: "/x", host: "b.example", authority: "b.example" });
    expect(accepted(head("http"), { ...HTTPS, scheme: "http" })).toMatchObject({ target: "/x", host: "b.example" });
    expect(parse(head("http"))).toBe("bad_target");
    expect(parse(head("https"), { ...HTTPS, scheme: "http" })).toBe("bad_target");
    expect(parse(head("httpss"))).toBe("bad_target");
  });

  it("is refused with one octet of whitespace too many anywhere in its request line (§3)", () => {
    const line = "GET / HTTP/1.1";
    for (let at = 0; at <= line.length; at++) {
      for (const white of [" ", "\t", "\v", "\f", "\r", "\xa0"]) {
        expect(typeof parse(`${line.slice(0, at)}${white}${line.slice(at)}\r\nHost: a\r\n\r\n`), `${JSON.stringify(white)} at ${at}`).toBe(
          "string",
        );
      }
    }
  });

  it("is refused with any octet of its request line missing", () => {
    const line = "GET / HTTP/1.1";
    for (let at = 3; at < line.length; at++)
      expect(typeof parse(`${line.slice(0, at)}${line.slice(at + 1)}\r\nHost: a\r\n\r\n`), `without ${at}`).toBe("string");
  });

  it("has no octet in its target but those that nobody reads in two ways (§3.2)", () => {
    for (let octet = 0; octet < 256; octet++) {
      const char = String.fromCharCode(octet);
      const isAllowed = octet > 0x20 && octet < 0x7f && !'#"<>'.includes(char);
      expect(typeof parse(`GET /a${char}b HTTP/1.1\r\nHost: a\r\n\r\n`) === "object", `${octet}`).toBe(isAllowed);
    }
  });

  it("has no octet in its method but tchar (RFC 9110 §9.1)", () => {
    for (let octet = 0; octet < 256; octet++) {
      const char = String.fromCharCode(octet);
      expect(typeof parse(`G${char}T / HTTP/1.1\r\nHost: a\r\n\r\n`) === "object", `${octet}`).toBe(
        /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(char),
      );
    }
  });

  it("has as many field lines as are allowed, and not one more (RFC 9110 §5.4)", () => {
    const text = `GET / HTTP/1.1\r\nHost: a\r\n${"X: y\r\n".repeat(4)}\r\n`;
    expect(accepted(text, { ...HTTPS, fields: 5 }).fields).toHaveLength(5);
    expect(parse(text, { ...HTTPS, fields: 4 })).toBe("head_too_large");
  });

  it("may be followed by a body only by its own framing, whatever its method (§6.3)", () => {
    for (const method of ["GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "POST"]) {
      expect(accepted(`${method} / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`).framing).toEqual({ kind: "chunked" });
      expect(accepted(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`).framing).toEqual({ kind: "none" });
    }
  });

  it("is refused with a code that has a status of its own", () => {
    const codes = [
      "\r\n\r\n",
      "GET / HTTP/3.0\r\n\r\n",
      "CONNECT a:1 HTTP/1.1\r\n\r\n",
      "GET x HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
    ].map((text) => parse(text) as ErrorCode);
    expect(codes.map((code) => [code, ERRORS[code].status])).toEqual([
      ["bad_request_line", 400],
      ["version_not_supported", 505],
      ["method_refused", 405],
      ["bad_target", 400],
      ["bad_host", 400],
    ]);
  });

  it("never throws, whatever head the bytes before an empty line make", () => {
    for (const text of [
      "\r\n\r\n",
      " \r\n\r\n",
      "  \r\n\r\n",
      "a\r\n\r\n",
      "a b c\r\n\r\n",
      "GET /\r\n\r\n",
      "GET / \r\n\r\n",
      "A B HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost\r\n\r\n",
    ]) {
      expect(typeof parse(text), `for ${JSON.stringify(text)}`).toBe("string");
    }
  });
});

describe("Pipelined requests with bodies (RFC 9112 §9.3.2)", () => {
  const STREAM =
    "\r\nPOST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" +
    "PUT /2 HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\n\r\n0\r\n0\r\nT: t\r\n\r\n" +
    "GET /3 HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\nGET /never HTTP/1.1\r\n";

  it("are read alike cut at every two positions, and byte by byte", () => {
    const bytes = octets(STREAM);
    const whole = readOurRequests([bytes]);
    expect(whole.ending).toBe("last");
    expect(whole.requests.map(({ target, body }) => [target, body.toString()])).toEqual([
      ["/1", "hello"],
      ["/2", "\r\n0"],
      ["/3", ""],
    ]);
    for (let first = 0; first <= bytes.length; first++) {
      expect(readOurRequests(cutAt(bytes, [first])), `cut at ${first}`).toEqual(whole);
      expect(readOurRequests(cutAt(bytes, [first, first + 1 + (first % 7)])), `cut at ${first} and soon after`).toEqual(whole);
    }
    expect(readOurRequests(byteByByte(bytes))).toEqual(whole);
  });

  it("that are refused are refused alike wherever they are cut", () => {
    for (const bad of [
      "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello",
      "GET / HTTP/1.1\nHost: a\n\n",
    ]) {
      const bytes = octets(`GET /1 HTTP/1.1\r\nHost: a\r\n\r\n${bad}GET /2 HTTP/1.1\r\nHost: a\r\n\r\n`);
      const whole = readOurRequests([bytes]);
      expect(["bad_field", "bad_chunk", "bad_line_end"]).toContain(whole.ending);
      for (let cut = 0; cut <= bytes.length; cut++) expect(readOurRequests(cutAt(bytes, [cut])), `cut at ${cut}`).toEqual(whole);
    }
  });
});
