import { expect, test } from "vitest";

import { accountPage } from "../../src/pages/account-page.ts";
import { signInPage } from "../../src/pages/sign-in-page.ts";
import { signOutPage } from "../../src/pages/sign-out-page.ts";

const ATTACK = `"><script>alert(1)</script><img src=x onerror=alert(1)>'&`;

test("attack: markup in anything that somebody else chose stays text", () => {
  const session = { id: ATTACK, isThis: false, browser: ATTACK, system: ATTACK, address: ATTACK, usedAt: 0, createdAt: 0 };
  const pass = { id: ATTACK, name: ATTACK, usedAt: 0, expiresAt: 0 };
  for (const language of ["en", "zh"] as const) {
    for (const page of [
      accountPage({ language, host: ATTACK, name: ATTACK, token: ATTACK, sessions: [session], passes: [pass], now: 1 }),
      accountPage({ language, host: ATTACK, name: ATTACK, token: ATTACK, sessions: [], passes: [], now: 1 }),
      signInPage({ language, host: ATTACK, token: ATTACK, next: ATTACK, name: ATTACK }),
      signOutPage(language, ATTACK, ATTACK),
    ]) {
      expect(page).not.toContain("<script");
      expect(page).not.toContain("<img");
      expect(page).not.toMatch(/value="[^"]*[<>]/);
    }
  }
});

test("every button says what it ends to somebody who can't see where it stands", () => {
  const session = { id: "1", isThis: false, browser: "Safari", system: "iPhone", address: "192.0.2.1", usedAt: 0, createdAt: 0 };
  const pass = { id: "2", name: "laptop", usedAt: undefined, expiresAt: undefined };
  const page = accountPage({ language: "en", host: "h", name: "alice", token: "t", sessions: [session], passes: [pass], now: 1 });
  expect(page).toContain('aria-label="Sign out Safari on iPhone"');
  expect(page).toContain('aria-label="Revoke laptop"');
});

test("what is unknown about a browser is left out", () => {
  const shown = (browser: string | undefined, system: string | undefined): string => {
    const session = { id: "1", isThis: true, browser, system, address: "192.0.2.1", usedAt: 0, createdAt: 0 };
    return /<strong>([^<]+)<\/strong><\/?span|<strong>([^<]*)<\/strong> <span class="mark">/.exec(
      accountPage({ language: "en", host: "h", name: "alice", token: "t", sessions: [session], passes: [], now: 1 }),
    )?.[2] as string;
  };
  expect([shown("curl", undefined), shown(undefined, "Linux"), shown(undefined, undefined)]).toEqual(["curl", "Linux", "A browser"]);
});
