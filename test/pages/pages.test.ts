import { createHash } from "node:crypto";

import { describe, expect, test } from "vitest";

import { errorPage, respondWith, type Page } from "../../src/pages/page.ts";
import { gatewayDownPage, loopbackPage } from "../../src/pages/pages.ts";

const ENGLISH = { language: "en" } as const;
const PAGE: Page = { status: 431, title: "The request head is too large", message: "It has more than 16 KB.", id: "k3f9a2" };

describe("a page", () => {
  test("attack: markup in any of its texts stays text", () => {
    const attack = `<script>alert(1)</script>"'&<img src=x onerror=alert(1)>`;
    const { body } = errorPage({
      status: 400,
      title: attack,
      message: attack,
      advice: attack,
      command: attack,
      links: [attack, `https://x/"${attack}`],
      id: attack,
    });
    expect(body).not.toContain("<script");
    expect(body).not.toContain("<img");
    expect(body).not.toMatch(/href="[^"]*[<>]/);
    expect(body).toContain("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;");
  });

  test("attack: a link that is no https address is no link", () => {
    expect(errorPage({ ...PAGE, advice: "x", links: ["javascript:alert(1)"] }).body).not.toContain('href="javascript:');
  });

  test("its policy allows its own style sheet by hash and nothing else", () => {
    const { body, fields } = errorPage(PAGE);
    const style = /<style>(.*?)<\/style>/s.exec(body)?.[1] ?? "";
    const policy = new Map(fields).get("Content-Security-Policy") ?? "";
    expect(policy).toContain(`style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(body).not.toMatch(/<script|\sstyle=|\son\w+=/);
    // Nothing is loaded from anywhere, the icon included.
    expect(body.match(/(?:src|href)="([^"]*)"/g)).toEqual(['href="data:,"']);
  });

  test("it is not stored, not sniffed, and does not leak its address", () => {
    expect(errorPage(PAGE).fields).toEqual(
      expect.arrayContaining([
        ["Content-Type", "text/html; charset=utf-8"],
        ["X-Content-Type-Options", "nosniff"],
        ["Referrer-Policy", "same-origin"],
        ["Cache-Control", "no-store"],
      ]),
    );
  });

  test("it fits a phone and follows the dark mode", () => {
    const { body } = errorPage(PAGE);
    expect(body).toContain('name="viewport" content="width=device-width');
    expect(body).toContain("prefers-color-scheme:dark");
  });
});

describe("negotiation (RFC 9110 §12.5.1)", () => {
  test.each([
    ["text/html", true],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true],
    ["application/json, TEXT/HTML;q=0.5", true],
    ["*/*", false],
    ["application/json", false],
    ["text/htmlx", false],
    ["text/html;q=0", false],
    ["text/html;q=0.0, */*", false],
    [undefined, false],
  ])("Accept: %s gets HTML: %s", (accept, expected) => {
    const { body, fields } = respondWith(accept, PAGE);
    expect(new Map(fields).get("Content-Type")).toBe(expected ? "text/html; charset=utf-8" : "text/plain; charset=utf-8");
    expect(body.startsWith("<!doctype html>")).toBe(expected);
  });

  test("everybody else gets one plain line with the mend and the id", () => {
    expect(respondWith("*/*", gatewayDownPage(503, { language: "en", id: "k3f9a2" })).body).toMatch(
      /^The Gateway is not answering: .*openclaw gateway status \(k3f9a2\)\n$/,
    );
  });
});

test("whoever finds the Gateway down is told the one command that helps", () => {
  expect(errorPage(gatewayDownPage(502, ENGLISH)).body).toContain("<pre>openclaw gateway status</pre>");
});

test("whoever opens https://localhost is told why the Gateway refuses, and what works", () => {
  const { body } = errorPage(loopbackPage("https://localhost", ENGLISH, ["https://192.168.1.20"]));
  expect(body).toContain("proxy_attribution_required");
  expect(body).toContain('<a href="https://192.168.1.20">');
  expect(errorPage(loopbackPage("https://localhost", ENGLISH)).body).toContain("--domain");
});
