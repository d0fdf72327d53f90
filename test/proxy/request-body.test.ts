import { describe, expect, test } from "vitest";

import { RequestBody } from "../../src/proxy/request-body.ts";

const written = (body: RequestBody): string => Buffer.concat(body.pieces()).toString("latin1");

describe("a request's body on its way", () => {
  test("with a length ends where the length says, and what follows is not its own", () => {
    const body = new RequestBody({ kind: "length", length: 5 });
    expect([body.take(Buffer.from("abc")), written(body), body.complete]).toEqual([3, "abc", false]);
    expect([body.take(Buffer.from("deGET /")), written(body), body.complete, body.received]).toEqual([2, "de", true, 5]);
    expect([body.take(Buffer.from("GET /")), written(body)]).toEqual([0, ""]);
  });

  test("in chunks is framed anew, one chunk for what one read brought, and each piece is handed out once", () => {
    const body = new RequestBody({ kind: "chunked" });
    expect(body.take(Buffer.from("1\r\na\r\n1;x\r\nb\r\n3\r\nc"))).toBe(18);
    expect([written(body), written(body), body.complete]).toEqual(["3\r\nabc\r\n", "", false]);
    expect(body.take(Buffer.from("de\r\n0\r\nT: y\r\n\r\nGET /"))).toBe(15);
    expect([written(body), body.complete, body.received]).toEqual(["2\r\nde\r\n0\r\n\r\n", true, 5]);
  });

  test("at every cut is the same body", () => {
    const octets = Buffer.from("5\r\nhello\r\n1;e\r\n!\r\n0\r\n\r\n");
    for (let cut = 1; cut < octets.length; cut++) {
      const body = new RequestBody({ kind: "chunked" });
      expect([body.take(octets.subarray(0, cut)), body.take(octets.subarray(cut))]).toEqual([cut, octets.length - cut]);
      const data = written(body).replaceAll(/[0-9a-f]\r\n([a-z!]+)\r\n/g, "$1");
      expect({ cut, data, complete: body.complete }).toEqual({ cut, data: "hello!0\r\n\r\n", complete: true });
    }
  });

  test("that is malformed is told", () => {
    expect(new RequestBody({ kind: "chunked" }).take(Buffer.from("zz\r\n"))).toBe(-1);
  });
});
