import { expect, test } from "vitest";

import type { Reply } from "../../src/exchange.ts";
import { httpDate } from "../../src/listener/http-date.ts";
import { serialiseReply } from "../../src/listener/reply-bytes.ts";
import { parseRequestHead } from "../../src/http1/request-head.ts";

const written = (reply: Partial<Reply>, method = "GET", hsts = "", close = false): string => {
  const head = parseRequestHead(`${method} / HTTP/1.1\r\nHost: h\r\n\r\n`, { scheme: "https", fields: 10 });
  if (typeof head === "string") throw new Error(head);
  return serialiseReply({ status: 200, fields: [], body: "", ...reply }, head, hsts, close)
    .toString()
    .replace(/Date: [^\r]+/, "Date: now");
};

test("a reply has Date, its fields, its length in octets and its body", () => {
  expect(
    written({
      status: 403,
      fields: [
        ["A", "b"],
        ["A", "c"],
      ],
      body: "né",
    }),
  ).toBe("HTTP/1.1 403 Forbidden\r\nDate: now\r\nA: b\r\nA: c\r\nContent-Length: 3\r\n\r\nné");
});

test("an answer to HEAD tells the length and has no body (RFC 9110 §9.3.2); 204 and 304 tell none (RFC 9110 §8.6)", () => {
  expect(written({ body: "abc" }, "HEAD")).toBe("HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 3\r\n\r\n");
  expect(written({ status: 204 })).toBe("HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n");
});

test("the last answer says close, and a 426 nominates Upgrade (RFC 9110 §7.8)", () => {
  expect(written({}, "GET", "S: t\r\n", true)).toBe(
    "HTTP/1.1 200 OK\r\nDate: now\r\nS: t\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
  );
  expect(written({ status: 426 }, "GET", "", true)).toContain("\r\nConnection: close, Upgrade\r\n");
});

test("the date is an IMF-fixdate of now (RFC 9110 §5.6.7)", () => {
  expect(httpDate()).toMatch(
    /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/,
  );
  expect(Math.abs(Date.parse(httpDate()) - Date.now())).toBeLessThan(2_000);
});
