import { describe, expect, test } from "vitest";

import { downstreamHead, interimHead, switchingHead } from "../../src/headers/downstream-head.ts";
import { parseResponseHead, type ResponseHead } from "../../src/http1/response-head.ts";

const NOTHING = { framing: "", close: false, hsts: "", isGateway: true, setCookies: [], date: "now" } as const;

function head(...lines: readonly string[]): ResponseHead {
  const parsed = parseResponseHead(`${lines.join("\r\n")}\r\n\r\n`, "GET", 100);
  if (parsed === undefined) throw new Error("malformed");
  return parsed;
}

describe("a head for the client", () => {
  test("gets Date, HSTS, the edge's cookies, framing and close behind the upstream's fields", () => {
    const options = {
      framing: "Content-Length: 1\r\n",
      close: true,
      hsts: "Strict-Transport-Security: max-age=1\r\n",
      isGateway: true,
      setCookies: ["__Host-openclaw-edge=x", "b=y"],
      date: "now",
    };
    expect(downstreamHead(head("HTTP/1.1 200 OK", "A: b"), options)).toBe(
      "HTTP/1.1 200 OK\r\nA: b\r\nDate: now\r\nStrict-Transport-Security: max-age=1\r\nSet-Cookie: __Host-openclaw-edge=x\r\nSet-Cookie: b=y\r\nContent-Length: 1\r\nConnection: close\r\n\r\n",
    );
  });

  test("keeps the Gateway's own Date and HSTS, and no cookie of the edge's name", () => {
    const sent = head(
      "HTTP/1.1 200 OK",
      "date: then",
      "strict-transport-security: max-age=2",
      "Set-Cookie: __Host-openclaw-edge=forged",
      "Set-Cookie: a=b",
    );
    expect(downstreamHead(sent, { ...NOTHING, hsts: "Strict-Transport-Security: max-age=1\r\n" })).toBe(
      "HTTP/1.1 200 OK\r\ndate: then\r\nstrict-transport-security: max-age=2\r\nSet-Cookie: a=b\r\n\r\n",
    );
  });

  test("an interim answer gets nothing added (RFC 9110 §15.2), and a 101 its two fields (RFC 6455 §4.2.2)", () => {
    expect(interimHead(head("HTTP/1.1 103 Early Hints", "Link: x", "Connection: y", "Y: z"), true)).toBe(
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
    );
    expect(switchingHead(head("HTTP/1.1 101 OK", "upgrade: websocket", "connection: upgrade", "Sec-WebSocket-Accept: z"), true)).toBe(
      "HTTP/1.1 101 OK\r\nSec-WebSocket-Accept: z\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
  });
});
