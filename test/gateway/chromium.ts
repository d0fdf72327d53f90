import { afterAll, beforeAll, expect, it } from "vitest";

import { findChromium, startChromium, type Browser, type WatchedPage } from "../support/chromium.ts";
import { DOMAIN, ORIGIN, PASSWORDS, type Rig } from "../support/gateway-rig.ts";
import { CLIENT_ADDRESS } from "../support/namespace.ts";

/**
 * What fails without an edge too: the Gateway asks a service on the internet for avatars, and there is none here (502);
 * icons of a workspace are for operator.admin alone (403); a page that is reloaded gives up what it still loads.
 */
const THE_GATEWAYS_OWN = /^502 .*\/api\/users\/[^/]+\/avatar|^403 .*\/__openclaw__\/workspace-icon\/|^net::ERR_ABORTED /;

export function chromium(rig: () => Rig): void {
  const missing = findChromium() === undefined;
  if (missing) console.error("\n*** SKIPPED: the Control UI in Chromium: there is no Chromium; set $CHROMIUM. ***\n");
  let browser: Browser;
  let watched: WatchedPage;

  const launch = (password: string, address = CLIENT_ADDRESS): Promise<Browser> =>
    startChromium({
      server: { host: address, port: 443, servername: DOMAIN },
      credentials: { username: "alice", password },
      hosts: { [DOMAIN]: address },
    });

  beforeAll(async () => {
    if (missing) return;
    browser = await launch(PASSWORDS.alice);
    watched = await browser.open();
  });
  afterAll(() => browser?.[Symbol.asyncDispose]());

  it.skipIf(missing)("signs in, loads the Control UI and opens its WebSocket", async () => {
    const { page } = watched;
    const response = await page.goto(`${ORIGIN}/`);
    expect(response?.status()).toBe(200);
    await helloOk(watched, 0);
    await expect.poll(() => page.locator("openclaw-app").count(), { timeout: 10_000 }).toBe(1);
    await watched.screenshot("control-ui");
  });

  it.skipIf(missing)("does so again after a reload, without another password dialog", async () => {
    const before = watched.frames.length;
    await watched.page.reload();
    await helloOk(watched, before);
    await watched.screenshot("control-ui-reloaded");
  });

  it.skipIf(missing)("chats: what is typed reaches the model, and the answer appears piece by piece", async () => {
    const { page } = watched;
    const run = rig().provider.expect("typed in Chromium");
    await page.locator("textarea").first().fill("typed in Chromium");
    await page.keyboard.press("Enter");
    const model = await run;
    model.say("amber basalt ");
    await page.getByText("amber basalt").first().waitFor();
    model.say("cobalt");
    model.end();
    await page.getByText("amber basalt cobalt").first().waitFor();
    await watched.screenshot("control-ui-chat");
  });

  it.skipIf(missing)("has nothing blocked by a policy, no mixed content and no failed request of its own", async () => {
    const blocked = /content security policy|mixed content|refused to|violates|cross-origin/i;
    expect(watched.errors.filter((text) => blocked.test(text))).toEqual([]);
    const ours = watched.failures.filter((line) => line.includes(DOMAIN) && line !== `401 ${ORIGIN}/`);
    expect(ours.filter((line) => !THE_GATEWAYS_OWN.test(line))).toEqual([]);
  });

  it.skipIf(missing)("shows the edge's own page, and nothing of the Gateway, to a wrong password", async () => {
    await using other = await launch("wrong");
    const { page, screenshot } = await other.open();
    const response = await page.goto(`${ORIGIN}/`);
    expect(response?.status()).toBe(401);
    expect(await page.locator("h1").textContent()).toContain("Sign-in is required");
    await screenshot("wrong-password");
  });

  it.skipIf(missing)("shows somebody on the Gateway's own machine why it refuses them", async () => {
    await using other = await launch(PASSWORDS.alice, "127.0.0.1");
    const { page, screenshot } = await other.open();
    const response = await page.goto(`${ORIGIN}/`);
    await screenshot("page-localhost");
    expect(response?.status()).toBe(403);
    expect(await page.locator("main").innerText()).toContain("proxy_attribution_required");
  });
}

/** A 101 proves nothing: the hello-ok frame does. */
async function helloOk({ frames }: WatchedPage, from: number): Promise<void> {
  await expect.poll(() => frames.slice(from).some((frame) => frame.includes('"type":"hello-ok"')), { timeout: 30_000 }).toBe(true);
}
