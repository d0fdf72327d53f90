import { describe, expect, it } from "vitest";

import { parseResponseHead } from "../../src/http1/response-head.ts";
import type { ResponseHead } from "../../src/http1/response-head.ts";
import { readOurResponse } from "./differential/our-response.ts";
import { byteByByte, cutAt, octets } from "./differential/reads.ts";

const parse = (text: string, method = "GET"): ResponseHead | undefined => parseResponseHead(text, method, 100);
const response = (fields: string, status = "200 OK", version = "HTTP/1.1"): string => `${version} ${status}\r\n${fields}\r\n`;

describe("A response head (RFC 9112 §4)", () => {
  it("is read into what it says", () => {
    const head = parse(
      response("Content-Length: 5\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nConnection: Keep-Alive, X\r\nKeep-Alive: timeout=7, max=100\r\n"),
    );
    expect(head).toMatchObject({
      status: 200,
      reason: "OK",
      framing: { kind: "length", length: 5 },
      connection: ["keep-alive", "x"],
      persistent: true,
      keepAlive: 7,
    });
    expect(head?.fields.all("set-cookie")).toEqual(["a", "b"]);
  });

  it.each([
    ["HTTP/1.1 200", 200, ""],
    ["HTTP/1.1 200 ", 200, ""],
    ["HTTP/1.1 404 Not  Found ", 404, "Not  Found "],
    ["HTTP/1.0 599 caf\xe9\t!", 599, "caf\xe9\t!"],
    ["HTTP/1.1 100 Continue", 100, "Continue"],
  ])("has a reason or none: %j", (line, status, reason) => {
    expect(parse(`${line}\r\n\r\n`)).toMatchObject({ status, reason });
  });

  // oxfmt-ignore
  it.each([
    "", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 2000", "HTTP/1.1 200OK", "HTTP/1.1  200 OK", "HTTP/1.1\t200 OK", "HTTP/1.1 200\tOK", "HTTP/1.1 099 x", "HTTP/1.1 600 x",
    "HTTP/1.1 999 x", "HTTP/1.1 2x0 x", "HTTP/1.1 -20 x", "HTTP/1.1 +20 x", "HTTP/1.1 20\xb2 x", "HTTP/2.0 200 OK", "HTTP/1.2 200 OK", "HTTP/0.9 200 OK", "http/1.1 200 OK",
    "HTTP/11 200 OK", "ICY 200 OK", " HTTP/1.1 200 OK", "HTTP/1.1 200 a\0b", "HTTP/1.1 200 a\rb", "HTTP/1.1 200 a\x7f", "HTTP/1.1 200 a\x1bb", "GET / HTTP/1.1",
  ])("is refused for the status line %j (§4)", (line) => expect(parse(`${line}\r\nContent-Length: 0\r\n\r\n`)).toBeUndefined());

  it.each([
    "X : y\r\n",
    "X: a\r\n b\r\n",
    "X: a\0b\r\n",
    "X: a\rb\r\n",
    "X\r\n",
    ": y\r\n",
    "Connection: a b\r\n",
    "X: a\rSet-Cookie: evil\r\n",
    "Transfer-Encoding: chunked\t\r\n",
  ])("is refused with the field line %j (§5)", (fields) => {
    expect(parse(response(fields))).toBeUndefined();
  });

  it("is refused with more field lines than allowed", () => {
    expect(parseResponseHead(response("A: b\r\nC: d\r\n"), "GET", 2)).toBeDefined();
    expect(parseResponseHead(response("A: b\r\nC: d\r\n"), "GET", 1)).toBeUndefined();
  });
});

describe("The framing of a response (RFC 9112 §6.3)", () => {
  it.each([
    ["Content-Length: 5\r\n", { kind: "length", length: 5 }],
    ["Content-Length: 0\r\n", { kind: "none" }],
    ["Transfer-Encoding: CHUNKED\r\n", { kind: "chunked" }],
    ["", { kind: "until-close" }],
  ])("by %j is %o", (fields, framing) => expect(parse(response(fields))?.framing).toEqual(framing));

  it.each(["100 Continue", "103 Early Hints", "101 Switching Protocols", "204 No Content", "304 Not Modified"])(
    "is none for %s, whatever its fields say",
    (status) => {
      for (const fields of ["", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"])
        expect(parse(response(fields, status))?.framing).toEqual({ kind: "none" });
    },
  );

  it("is none in an answer to HEAD, whatever its fields say", () => {
    for (const fields of ["", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"])
      expect(parse(response(fields), "HEAD")?.framing).toEqual({ kind: "none" });
    expect(parse(response("Content-Length: 5\r\n"), "head")?.framing, "methods are case-sensitive").toEqual({ kind: "length", length: 5 });
  });

  it.each([
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    "Content-Length: 5\r\nContent-Length: 5\r\n",
    "Content-Length: 5, 5\r\n",
    "Content-Length: +5\r\n",
    "Content-Length:\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Transfer-Encoding: identity\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked, gzip\r\n",
  ])("is never guessed: %j is refused, in answers without a body too", (fields) => {
    expect(parse(response(fields))).toBeUndefined();
    expect(parse(response(fields), "HEAD")).toBeUndefined();
    expect(parse(response(fields, "304 Not Modified"))).toBeUndefined();
  });

  it("is never a coding in HTTP/1.0 (§6.1)", () => {
    expect(parse(response("Transfer-Encoding: chunked\r\n", "200 OK", "HTTP/1.0"))).toBeUndefined();
    expect(parse(response("Content-Length: 5\r\n", "200 OK", "HTTP/1.0"))?.framing).toEqual({ kind: "length", length: 5 });
  });
});

describe("An upstream connection (RFC 9112 §9.3)", () => {
  it.each([
    ["Content-Length: 5\r\n", "HTTP/1.1", true],
    ["Transfer-Encoding: chunked\r\n", "HTTP/1.1", true],
    ["", "HTTP/1.1", false],
    ["Content-Length: 5\r\nConnection: close\r\n", "HTTP/1.1", false],
    ["Content-Length: 5\r\nConnection: x\r\nConnection: CLOSE\r\n", "HTTP/1.1", false],
    ["Content-Length: 5\r\n", "HTTP/1.0", false],
    ["Content-Length: 5\r\nConnection: keep-alive\r\n", "HTTP/1.0", false],
  ])("behind %j in %s persists: %s", (fields, version, persistent) =>
    expect(parse(response(fields, "200 OK", version))?.persistent).toBe(persistent),
  );

  it.each([
    ["timeout=5", 5],
    ["max=100, timeout=72", 72],
    ["Timeout=5,max=1", 5],
    ["max=100", undefined],
    ["timeout=", undefined],
    ["timeout=-1", undefined],
    ["timeout=5s", undefined],
    ["xtimeout=5", undefined],
    ["timeout=99999999", undefined],
  ])("is told how long it may idle by Keep-Alive: %s", (value, seconds) =>
    expect(parse(response(`Content-Length: 0\r\nKeep-Alive: ${value}\r\n`))?.keepAlive).toBe(seconds),
  );
});

describe("A whole response", () => {
  it.each([
    [
      "of a length",
      "GET",
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${response("Content-Length: 7\r\n")}\r\n\r\n\r\n.`,
      "\r\n\r\n\r\n.",
    ],
    ["in chunks", "GET", `${response("Transfer-Encoding: chunked\r\n")}5;x\r\nhello\r\n2\r\n\r\n\r\n0\r\nT: t\r\n\r\n`, "hello\r\n"],
    ["until the connection closes", "GET", `${response("", "200 OK", "HTTP/1.0")}hello\r\n0\r\n\r\n`, "hello\r\n0\r\n\r\n"],
    ["to HEAD", "HEAD", response("Content-Length: 7\r\n"), ""],
    ["without content", "GET", response("Content-Length: 7\r\n", "204 No Content"), ""],
  ])("%s is read alike cut at every position, and byte by byte", (_, method, text, body) => {
    const bytes = octets(text);
    const whole = readOurResponse([bytes], method);
    expect(whole).toMatchObject({ ending: "complete" });
    expect(whole.response?.body.toString("latin1")).toBe(body);
    for (let cut = 0; cut <= bytes.length; cut++) expect(readOurResponse(cutAt(bytes, [cut]), method), `cut at ${cut}`).toEqual(whole);
    expect(readOurResponse(byteByByte(bytes), method)).toEqual(whole);
  });

  it("that is cut short is not complete, wherever that happens", () => {
    const bytes = octets(`${response("Transfer-Encoding: chunked\r\n")}5\r\nhello\r\n0\r\n\r\n`);
    for (let length = 0; length < bytes.length; length++) expect(readOurResponse([bytes.subarray(0, length)], "GET").ending).toBe("within");
  });

  it("with a bare LF in its head or its chunks is refused (§2.2)", () => {
    expect(readOurResponse([octets("HTTP/1.1 200 OK\nContent-Length: 0\n\n")], "GET").ending).toBe("refused");
    expect(readOurResponse([octets(`${response("Transfer-Encoding: chunked\r\n")}5\nhello\r\n0\r\n\r\n`)], "GET").ending).toBe("refused");
  });
});
