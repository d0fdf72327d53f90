import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { beginsWithEmptySegment, hasDotSegment, isPlainPath, pathOf } from "../../src/http1/plain-path.ts";

/** Pieces that servers read in different ways, put together at random. */
const piece = fc.constantFrom(
  ..."/ // \\ . .. ... ; ;x= %2e %2E %2f %2F %5c %25 %252e %25252e %c0%ae %00 %20 %09 a app admin x:y @ ~ - _ [ ] | ^ % %zz %u002e".split(
    " ",
  ),
);
const path = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join("")}`);

test("the path of a target ends at its first question mark (RFC 9112 §3.2.1)", () => {
  expect(["/a?b?c", "/a", "*", "/?", "/a?/../b"].map(pathOf)).toEqual(["/a", "/a", "*", "/", "/a"]);
});

describe("a plain path", () => {
  test.each(["/", "/a", "/a/b", "/a.b/..c/.d/e..", "/~x/-_.", "/.well-known/x", "/%"].map((text) => [text, text !== "/%"] as const))(
    "%s: %s",
    (text, plain) => expect(isPlainPath(text)).toBe(plain),
  );

  test.each([
    "",
    "a",
    "*",
    "/a/",
    "//",
    "//a",
    "/a//b",
    "/.",
    "/..",
    "/a/..",
    "/a/../b",
    "/a/.../b",
    "/./a",
    "/a;b",
    "/a\\b",
    "/a%20b",
    "/a b",
    "/a:b",
    "/a@b",
    "/ä",
  ])("%j is none", (text) => expect(isPlainPath(text)).toBe(false));

  test("is what the WHATWG URL parser, which the Gateway reads paths with, leaves as it is; decoding changes nothing either", () => {
    fc.assert(
      fc.property(path, (text) => {
        if (!isPlainPath(text)) return;
        expect(new URL(text, "http://localhost").pathname).toBe(text);
        expect(decodeURIComponent(text)).toBe(text);
      }),
      { numRuns: 20_000, examples: [["/a.b/c"], ["/share/x~y"]] },
    );
  });
});

describe("a path that somebody could resolve to one outside of its prefix", () => {
  test.each(
    (
      "/app/.. /app/../x /app/./x /app/. /app/%2e%2e/x /app/%2E./x /app/.%2e /app/%252e%252e/x /app/%25252e%2e /app/..%2fx /app/..%5cx /app\\..\\x " +
      "/app/..;/x /app/..;a=b/x /app/.;/x /app/%2e%2e;/x /app/..%3b/x /app/.../x /app/%c0%ae%c0%ae/x /app/%00../x /app/..%00/x /app/..%20/x /app/%09../x " +
      "/app/x%2f..%2f..%2fadmin /app/x%5c..%5cadmin /app/%252525252525252e /app/%c0%af../x"
    ).split(" "),
  )("%s", (text) => expect(hasDotSegment(text)).toBe(true));

  test.each(
    "/app /app/ /app/a.b /app/..a /app/a.. /app//x /app/%20 /app/a%2fb /app/100%25 /app/a;b=.. /app/%zz /app/x%2ejs /app/~. /app/a%252e".split(
      " ",
    ),
  )("%s is none", (text) => expect(hasDotSegment(text)).toBe(false));

  test("is found whatever the WHATWG URL parser, once or twice decoded, makes of it", () => {
    fc.assert(
      fc.property(path, (rest) => {
        const text = `/app${rest}`;
        if (hasDotSegment(text)) return;
        for (const form of [text, once(text), once(once(text))]) {
          const read = URL.parse(form.replaceAll(/[?#\t\n\r]/g, ""), "http://localhost");
          if (read !== null) expect(`${read.pathname.replaceAll("\\", "/")} of ${text}`).toMatch(/^\/app/);
        }
      }),
      { numRuns: 20_000 },
    );
  });
});

/** Percent-decoding as a sloppy server does it. */
const once = (text: string): string =>
  text.replaceAll(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));

test.each([
  ["/", false],
  ["/a", false],
  ["/a//b", false],
  ["/%61/b", false],
  ["//a", true],
  ["/\\a", true],
  ["/%2fa", true],
  ["/%2Fa", true],
  ["/%5ca", true],
  ["/%252fa", true],
  ["/%00/a", true],
  ["/%20/a", true],
  ["/;x/a", true],
  ["/%3bx/a", true],
  ["/;x", false],
])("%s begins with an empty segment in somebody's reading: %s", (text, empty) => expect(beginsWithEmptySegment(text)).toBe(empty));
