/** Sign-in as people do it: by the page, by the browser's dialog, and out again. Behind the edge stands the demo's upstream. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startDemoUpstream } from "../../src/demo/upstream.ts";
import { findChromium, signInByPage, startChromium, type Browser, type BrowserOptions, type WatchedPage } from "../support/chromium.ts";
import { DOMAIN, startEdge, USERS, type TestEdge } from "../support/edge.ts";

const EVIL = "evil.test";
const SESSION = "__Host-openclaw-edge";

interface Place extends AsyncDisposable {
  readonly edge: TestEdge;
  readonly origin: string;
  launch(options?: Partial<BrowserOptions>): Promise<Browser>;
}

async function place(login: "page" | "basic"): Promise<Place> {
  await using stack = new AsyncDisposableStack();
  const upstream = await startDemoUpstream();
  stack.defer(() => upstream.close());
  const edge = await startEdge({ upstream: upstream.target, login, limits: { failedSignIns: 1_000 } });
  stack.defer(() => edge.close());
  const owned = stack.move();
  return {
    edge,
    origin: `https://${DOMAIN}:${edge.port}`,
    launch: (options) =>
      startChromium({
        server: { host: "127.0.0.1", port: edge.port, servername: DOMAIN },
        hosts: { [DOMAIN]: "127.0.0.1", [EVIL]: "127.0.0.1" },
        locale: "en-US",
        ...options,
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const webSocketState = ({ page }: WatchedPage) => page.locator("#websocket .state").textContent();
const webSocketLog = ({ page }: WatchedPage) => page.locator("#websocket li").last().textContent();
const sessionOf = async ({ page }: WatchedPage) => (await page.context().cookies()).find(({ name }) => name === SESSION);
/** Without what a browser writes about a status that the test itself brought about, or that the demo has no such page. */
const unexpected = ({ errors }: WatchedPage) => errors.filter((text) => !/status of (?:401|403|404)/.test(text));

describe.skipIf(findChromium() === undefined)("the sign-in page in Chromium", () => {
  const stack = new AsyncDisposableStack();
  let here: Place;
  let browser: Browser;
  let watched: WatchedPage;

  beforeAll(async () => {
    here = stack.use(await place("page"));
    browser = stack.use(await here.launch());
    watched = await browser.open();
  });
  afterAll(() => stack.disposeAsync());

  it("stands before every page, in light and dark, on a desktop and a phone, and nothing of it is blocked", async () => {
    const { page, screenshot } = watched;
    await page.goto(`${here.origin}/chat?session=main`);
    expect(page.url()).toBe(`${here.origin}/.edge/login?next=%2Fchat%3Fsession%3Dmain`);
    expect(await page.locator("h1").innerText()).toContain(`Sign in\nto ${DOMAIN}`);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: 1280, height: 800 });
      await screenshot(`sign-in-desktop-${colorScheme}`);
      await page.setViewportSize({ width: 390, height: 844 });
      await screenshot(`sign-in-phone-${colorScheme}`);
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways").toBe(true);
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 1280, height: 800 });
    expect(watched.errors).toEqual([]);
    expect(watched.failures).toEqual([]);
  });

  it("can be used with the keyboard alone, and its fields are what password managers look for", async () => {
    const { page } = watched;
    expect(await page.evaluate("document.activeElement.id")).toBe("name");
    await page.keyboard.type("alice");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.id")).toBe("password");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.type")).toBe("submit");
    expect(await page.locator("#name").getAttribute("autocomplete")).toBe("username");
    expect(await page.locator("#password").getAttribute("autocomplete")).toBe("current-password");
  });

  it("says that a password is wrong, keeps the name, and asks by no dialog", async () => {
    const { page, screenshot } = watched;
    await signInByPage(watched, "alice", "wrong");
    expect(await page.locator("[role=alert]").innerText()).toBe("The user name or the password is not right.");
    expect(await page.locator("#name").inputValue()).toBe("alice");
    expect(await page.locator("#password").inputValue()).toBe("");
    expect(await page.evaluate("document.activeElement.id")).toBe("password");
    await screenshot("sign-in-wrong");
  });

  it("leads on to where one was going, with a cookie that no script can read", async () => {
    const { page } = watched;
    await signInByPage(watched, "alice", USERS.alice);
    expect(page.url()).toBe(`${here.origin}/chat?session=main`);
    expect(await sessionOf(watched)).toMatchObject({ domain: DOMAIN, path: "/", secure: true, httpOnly: true, sameSite: "Lax" });
    expect(await page.evaluate("document.cookie")).toBe("");
  });

  it("needs nobody to sign in again: not on a reload, not in another tab, and not for a WebSocket, which carries only the cookie", async () => {
    const { page } = watched;
    await page.goto(`${here.origin}/`);
    expect(await page.locator("h1").textContent()).toBe("Hello, alice");
    await page.reload();
    expect(await page.locator("h1").textContent()).toBe("Hello, alice");
    await expect.poll(() => webSocketState(watched)).toBe("open");
    const tab = await browser.open();
    await tab.page.goto(`${here.origin}/`);
    expect(await tab.page.locator("h1").textContent()).toBe("Hello, alice");
    expect(unexpected(watched)).toEqual([]);
  });

  it("shows who is signed in and where, and signs out: the WebSocket in the other tab closes with 4001, and a reload asks again", async () => {
    const account = await browser.open();
    await account.page.goto(`${here.origin}/.edge/`);
    expect(await account.page.locator("main").innerText()).toMatch(/alice[^]*Chrome on Linux[^]*this browser/);
    for (const [colorScheme, width] of [
      ["light", 1280],
      ["dark", 390],
    ] as const) {
      await account.page.emulateMedia({ colorScheme });
      await account.page.setViewportSize({ width, height: 800 });
      await account.screenshot(`account-${width}-${colorScheme}`);
    }
    await Promise.all([
      account.page.waitForEvent("load"),
      account.page.getByRole("button", { name: "Sign out", exact: true }).first().click(),
    ]);
    expect(account.page.url()).toBe(`${here.origin}/.edge/login`);
    expect(await account.page.locator("[role=status]").innerText()).toBe("You are signed out.");

    await expect.poll(() => webSocketLog(watched)).toBe("closed with 4001: signed out");
    await watched.page.reload();
    expect(watched.page.url()).toBe(`${here.origin}/.edge/login`);
    expect(unexpected(account)).toEqual([]);
  });

  it("signs out another browser from the list, and everywhere", async () => {
    await using other = await here.launch();
    const there = await other.open();
    for (const each of [there, watched]) {
      await each.page.goto(`${here.origin}/`);
      await signInByPage(each, "alice", USERS.alice);
      await expect.poll(() => webSocketState(each)).toBe("open");
    }
    const account = await browser.open();
    await account.page.goto(`${here.origin}/.edge/`);
    await account.page.getByRole("button", { name: "Sign out Chrome on Linux" }).click();
    await account.page.getByText("That browser is signed out.").waitFor();
    await expect.poll(() => webSocketLog(there)).toBe("closed with 4001: signed out");
    expect(await webSocketState(watched)).toBe("open");

    await Promise.all([account.page.waitForEvent("load"), account.page.getByRole("button", { name: "Sign out everywhere" }).click()]);
    await expect.poll(() => webSocketLog(watched)).toBe("closed with 4001: signed out");
  });

  it("works without script, and in Chinese", async () => {
    await using plain = await here.launch({ javaScript: false, locale: "zh-CN" });
    const there = await plain.open();
    await there.page.goto(`${here.origin}/.edge/`);
    expect(await there.page.locator("button").innerText()).toBe("登录");
    await there.screenshot("sign-in-zh");
    await there.page.locator("#name").fill("alice");
    await there.page.locator("#password").fill(USERS.alice);
    await there.page.locator("button").click();
    await there.page.getByText("在所有浏览器上退出").first().waitFor();
    await there.screenshot("account-zh");
    await there.page.getByRole("button", { name: "退出登录" }).click();
    await there.page.getByText("您已退出登录。").waitFor();
  });

  it("attack: a page of another site neither signs anybody in, nor acts in his name, nor opens a WebSocket", async () => {
    await watched.page.goto(`${here.origin}/`);
    await signInByPage(watched, "alice", USERS.alice);
    // Without the cookie, which SameSite=Lax keeps at home, the post is nobody's.
    expect(await attackFrom(watched, here)).toMatchObject({ status: 303, code: "credentials_required" });
  });
});

describe.skipIf(findChromium() === undefined)("the browser's own dialog (--login basic) in Chromium", () => {
  const stack = new AsyncDisposableStack();
  let here: Place;
  let browser: Browser;
  let watched: WatchedPage;

  beforeAll(async () => {
    here = stack.use(await place("basic"));
    browser = stack.use(await here.launch({ credentials: { username: "alice", password: USERS.alice } }));
    watched = await browser.open();
  });
  afterAll(() => stack.disposeAsync());

  it("signs in, and the session that comes with it opens the WebSocket", async () => {
    await watched.page.goto(`${here.origin}/`);
    expect(await watched.page.locator("h1").textContent()).toBe("Hello, alice");
    await expect.poll(() => webSocketState(watched)).toBe("open");
    expect(await sessionOf(watched)).toMatchObject({ httpOnly: true, sameSite: "Lax" });
  });

  it("attack: the password that the browser keeps does nothing for a page of another site", async () => {
    // The browser did send its password: only its origin gives the post away.
    expect(await attackFrom(watched, here)).toMatchObject({ status: 403, code: "cross_site" });
  });

  it("signs out for good: the browser sends its password again by itself, and that is not enough", async () => {
    const { page } = watched;
    await page.goto(`${here.origin}/.edge/logout`);
    await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Sign out" }).click()]);
    await page.goto(`${here.origin}/`);
    expect(page.url()).toBe(`${here.origin}/.edge/login`);
    await page.reload();
    expect(page.url()).toBe(`${here.origin}/.edge/login`);
    await signInByPage(watched, "bob", USERS.bob);
    expect(await page.locator("h1").textContent()).toBe("Hello, bob");
    await expect.poll(() => webSocketState(watched)).toBe("open");
  });

  it("shows the sign-in page to whoever closes the dialog after a wrong password", async () => {
    await using other = await here.launch({ credentials: { username: "alice", password: "wrong" } });
    const there = await other.open();
    const response = await there.page.goto(`${here.origin}/chat`);
    expect(response?.status()).toBe(401);
    await signInByPage(there, "alice", USERS.alice);
    expect(there.page.url()).toBe(`${here.origin}/chat`);
  });
});

/** Opens a page of another site in a browser that is signed in, and lets it do what it can. Resolves to what became of its post. */
async function attackFrom({ page: signedIn }: WatchedPage, { edge, origin }: Place): Promise<unknown> {
  const target = origin.replace("https://", "wss://");
  const attack = (form: string): string => `<!doctype html><title>evil</title>${form}<script>
    const socket = new WebSocket("${target}/ws?evil");
    socket.onopen = () => document.title = "open";
    socket.onclose = () => { document.title = "refused"; document.forms[0]?.submit(); };
  </script>`;
  const forms: Readonly<Record<string, string>> = {
    "/act": `<form method="post" action="${origin}/echo?evil"><input name="message" value="rm -rf"></form>`,
    "/login": `<form method="post" action="${origin}/.edge/login"><input name="name" value="bob"><input name="password" value="${USERS.bob}"></form>`,
    "/logout": `<form method="post" action="${origin}/.edge/logout"></form>`,
  };
  const evil = createServer((request, response) =>
    response.setHeader("Content-Type", "text/html").end(attack(forms[request.url ?? ""] ?? "")),
  );
  await new Promise<void>((resolve) => evil.listen(0, "127.0.0.1", resolve));
  const context = signedIn.context();
  const before = edge.log.exchanges.length;
  for (const path of Object.keys(forms)) {
    const page = await context.newPage();
    await page.goto(`http://${EVIL}:${(evil.address() as AddressInfo).port}${path}`);
    await page.waitForURL(`${origin}/**`);
    await page.close();
  }
  evil.close();
  const made = edge.log.exchanges.slice(before);
  const handshakes = made.filter(({ target: to }) => to === "/ws?evil");
  expect(handshakes.length).toBe(3);
  for (const { status, code } of handshakes) expect([401, 403], `${code}`).toContain(status);
  // The demo page posts to its own echo.
  const posts = made.filter(({ method, target: to }) => method === "POST" && to !== "/echo?from=demo");
  expect(posts.map(({ target: to }) => to)).toEqual(["/echo?evil", "/.edge/login", "/.edge/logout"]);
  for (const { status, code } of posts) expect([303, 403], `${code}`).toContain(status);

  const again = await context.newPage();
  await again.goto(`${origin}/`);
  expect(await again.locator("h1").textContent()).toBe("Hello, alice");
  await again.close();
  return posts[0];
}
