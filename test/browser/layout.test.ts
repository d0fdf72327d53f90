/** Every page that the edge writes itself, as wide as what people hold in their hands, with the longest that can stand in it. */
import { chromium, type Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { accountPage } from "../../src/pages/account-page.ts";
import { errorPage } from "../../src/pages/page.ts";
import { certificatePendingPage, gatewayDownPage, loopbackPage, signInWaitPage } from "../../src/pages/pages.ts";
import { signInPage } from "../../src/pages/sign-in-page.ts";
import { signOutPage } from "../../src/pages/sign-out-page.ts";
import { findChromium } from "../support/chromium.ts";

const NAME = `${"n".repeat(40)}.${"m".repeat(23)}`;
const HOST = `${"gateway-of-the-whole-family.".repeat(7)}example.com:8443`;
const ADDRESS = "2001:db8:85a3:8d3:1319:8a2e:370:7348";

/** The document's width, and the height of everything that can be touched. */
const MEASURE = `({
  width: document.documentElement.scrollWidth,
  heights: [...document.querySelectorAll("button, .button, input:not([type=hidden])")].map((each) => each.offsetHeight),
})`;

function pages(language: "en" | "zh"): readonly string[] {
  const now = Date.now();
  const form = { language, host: HOST, token: "t", next: "/" } as const;
  const reader = { language, id: "k3f9a2x7" } as const;
  const session = { browser: "Samsung Internet", system: "HarmonyOS", address: ADDRESS, usedAt: now - 1e10, createdAt: 0 };
  return [
    signInPage({ ...form, name: NAME, notice: { throttled: 3_600 } }),
    signInPage({ ...form, notice: "noCookies" }),
    signOutPage(language, NAME, "t"),
    accountPage({
      ...form,
      name: NAME,
      now,
      sessions: [
        { ...session, id: "a", isThis: true },
        { ...session, id: "b", isThis: false },
      ],
      passes: [{ id: "p", name: NAME, usedAt: 0, expiresAt: now + 1e11 }],
    }),
    accountPage({ ...form, name: NAME, now, sessions: [], passes: [], notice: "revoked" }),
    ...[
      gatewayDownPage(504, reader),
      loopbackPage(`https://${HOST}`, reader, [`https://${HOST}`]),
      signInWaitPage(429, 3_600, reader),
      certificatePendingPage(reader),
    ].map((page) => errorPage(page).body),
  ];
}

describe.skipIf(findChromium() === undefined)("the edge's own pages in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: findChromium() as string, args: ["--no-sandbox", "--disable-gpu"] });
  });
  afterAll(() => browser?.close());

  it.each([320, 390, 1280])("need no scrolling sideways on a screen of %i px, and leave room for a finger", async (width) => {
    const page = await browser.newPage({ viewport: { width, height: 800 }, javaScriptEnabled: true });
    for (const html of [...pages("en"), ...pages("zh")]) {
      await page.setContent(html.replace(/<script>[^]*?<\/script>/, ""));
      const measured = (await page.evaluate(MEASURE)) as { readonly width: number; readonly heights: readonly number[] };
      expect({ title: await page.title(), wide: measured.width > width }).toEqual({ title: await page.title(), wide: false });
      // WCAG 2.2, 2.5.8 asks for 24 px.
      expect(Math.min(36, ...measured.heights)).toBe(36);
    }
    await page.close();
  });
});
