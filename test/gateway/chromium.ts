import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { findChromium, signInByPage, startChromium, type Browser, type WatchedPage } from "../support/chromium.ts";
import { prepareEdge, type EdgeProcess } from "../support/gateway-edge.ts";
import { DOMAIN, ORIGIN, PASSWORDS, type Rig } from "../support/gateway-rig.ts";
import { CLIENT_ADDRESS } from "../support/namespace.ts";

/**
 * What fails without an edge too: the Gateway asks a service on the internet for avatars, and there is none here (502, 404);
 * icons of a workspace are for operator.admin alone (403); a page that is reloaded gives up what it still loads.
 */
const THE_GATEWAYS_OWN = /^(?:404|502) .*\/api\/users\/[^/]+\/avatar|^403 .*\/__openclaw__\/workspace-icon\/|^net::ERR_ABORTED /;

/** Seconds of a session in the test that outlives one. */
const LIFETIME = 25;

export function chromium(rig: () => Rig): void {
  const missing = findChromium() === undefined;
  if (missing) console.error("\n*** SKIPPED: the Control UI in Chromium: there is no Chromium; set $CHROMIUM. ***\n");
  let browser: Browser;
  let watched: WatchedPage;

  const launch = (address = CLIENT_ADDRESS, port = 443): Promise<Browser> =>
    startChromium({ server: { host: address, port, servername: DOMAIN }, hosts: { [DOMAIN]: `${address}:${port}` }, locale: "en-US" });

  beforeAll(async () => {
    if (missing) return;
    browser = await launch();
    watched = await browser.open();
  });
  afterAll(() => browser?.[Symbol.asyncDispose]());

  it.skipIf(missing)("signs in, loads the Control UI and opens its WebSocket", async () => {
    const { page } = watched;
    await page.goto(`${ORIGIN}/`);
    await signInByPage(watched, "alice", PASSWORDS.alice);
    expect(new URL(page.url()).origin).toBe(ORIGIN);
    await helloOk(watched, 0);
    await expect.poll(() => page.locator("openclaw-app").count(), { timeout: 10_000 }).toBe(1);
    await watched.screenshot("control-ui");
  });

  it.skipIf(missing)("does so again after a reload, without another sign-in", async () => {
    const before = watched.frames.length;
    await watched.page.reload();
    await helloOk(watched, before);
    await watched.screenshot("control-ui-reloaded");
  });

  it.skipIf(missing)("chats: what is typed reaches the model, and the answer appears piece by piece", async () => {
    const { page } = watched;
    const run = rig().provider.expect("typed in Chromium");
    // The Control UI's other text areas (a session's icon, in its menu) are in the document too, once the list of sessions has come.
    await page.locator("textarea:visible").first().fill("typed in Chromium");
    await page.keyboard.press("Enter");
    const model = await run;
    model.say("amber basalt ");
    await shown(page, "amber basalt").waitFor();
    model.say("cobalt");
    model.end();
    await shown(page, "amber basalt cobalt").waitFor();
    await watched.screenshot("control-ui-chat");
  });

  it.skipIf(missing)("has nothing blocked by a policy, no mixed content and no failed request of its own", async () => {
    const blocked = /content security policy|mixed content|refused to|violates|cross-origin/i;
    expect(watched.errors.filter((text) => blocked.test(text))).toEqual([]);
    const ours = watched.failures.filter((line) => line.includes(DOMAIN));
    expect(ours.filter((line) => !THE_GATEWAYS_OWN.test(line))).toEqual([]);
  });

  it.skipIf(missing)("shows the edge's own page, and nothing of the Gateway, to a wrong password", async () => {
    await using other = await launch();
    const there = await other.open();
    await there.page.goto(`${ORIGIN}/`);
    await signInByPage(there, "alice", "wrong");
    expect(await there.page.locator("[role=alert]").innerText()).toContain("not right");
    await there.screenshot("wrong-password");
    expect(there.frames).toEqual([]);
  });

  it.skipIf(missing)("shows somebody on the Gateway's own machine why it refuses them", async () => {
    await using other = await launch("127.0.0.1");
    const there = await other.open();
    await there.page.goto(`${ORIGIN}/`);
    await signInByPage(there, "alice", PASSWORDS.alice);
    await there.screenshot("page-localhost");
    expect(await there.page.locator("main").innerText()).toContain("proxy_attribution_required");
  });

  describe("a Gateway token that the Control UI has saved, and a session that ends while it is open", () => {
    let edge: EdgeProcess;
    let directory: string;
    let other: Browser;
    let there: WatchedPage;
    const challenges: string[] = [];

    beforeAll(async () => {
      if (missing) return;
      directory = await mkdtemp(join(tmpdir(), "openclaw-edge-"));
      edge = await prepareEdge({ directory, domain: DOMAIN, users: PASSWORDS, port: 8444, flags: ["--session-lifetime", `${LIFETIME}s`] });
      await edge.start();
      // To the browser, and to the Gateway, it is the origin that the Gateway knows.
      other = await launch(CLIENT_ADDRESS, 8444);
      there = await other.open();
      there.page.on("response", (response) => {
        const challenge = response.headers()["www-authenticate"];
        if (challenge !== undefined) challenges.push(challenge);
      });
    });
    afterAll(async () => {
      await other?.[Symbol.asyncDispose]();
      await edge?.stop();
      if (!missing) await rm(directory, { recursive: true, force: true });
    });

    it.skipIf(missing)("sends the token beside the cookie, and nobody is asked for anything", async () => {
      const { page, frames } = there;
      await page.context().clearCookies();
      await page.goto(`${ORIGIN}/`);
      await signInByPage(there, "alice", PASSWORDS.alice);
      await helloOk(there, 0);
      // By another page: a navigation that only changes the fragment loads nothing, and the Control UI may take it away before it is read.
      await page.goto("about:blank");
      const opened = frames.length;
      // While this page loads: once its WebSocket has said hello, the Control UI may leave the token out.
      const bearer = page.waitForRequest(async (request) => (await request.allHeaders())["authorization"] === "Bearer saved-token");
      await page.goto(`${ORIGIN}/#token=saved-token`);
      expect((await (await bearer).response())?.status()).toBe(200);
      await helloOk(there, opened);
      expect(challenges).toEqual([]);
    });

    it.skipIf(missing)(
      "is told when the session ends: the WebSocket closes, and the Control UI offers to sign in by its own dialog",
      async () => {
        const { page, screenshot } = there;
        await page.getByText("Sign in", { exact: true }).first().waitFor({ timeout: 60_000 });
        await screenshot("control-ui-session-ended");
        expect(edge.output()).toMatch(/"path":"\/","status":101/);
        expect(await page.locator("openclaw-modal-dialog").innerText()).toContain("sign");
        // No Basic challenge: one of those to a request with Bearer begins the endless prompt.
        expect(challenges.length).toBeGreaterThan(0);
        expect(challenges.filter((challenge) => !challenge.startsWith("Bearer "))).toEqual([]);
      },
    );

    it.skipIf(missing)("goes on where it was after a sign-in in the tab that its dialog opens", async () => {
      const { page, frames } = there;
      const before = frames.length;
      const [tab] = await Promise.all([page.context().waitForEvent("page"), page.getByRole("button", { name: "Sign in" }).click()]);
      await tab.waitForURL(`${ORIGIN}/.edge/login**`);
      await signInByPage({ page: tab }, "alice", PASSWORDS.alice);
      await tab.close();
      await page.bringToFront();
      await page.getByRole("button", { name: "Check again" }).click();
      await helloOk(there, before);
      await expect.poll(() => page.locator("openclaw-modal-dialog").count()).toBe(0);
    });
  });
}

/** A 101 proves nothing: the hello-ok frame does. */
async function helloOk({ frames }: WatchedPage, from: number): Promise<void> {
  await expect.poll(() => frames.slice(from).some((frame) => frame.includes('"type":"hello-ok"')), { timeout: 30_000 }).toBe(true);
}

/** The first place where a text can be seen: it may also stand in the title of a closed menu. */
function shown(page: WatchedPage["page"], text: string): ReturnType<WatchedPage["page"]["getByText"]> {
  return page.getByText(text).filter({ visible: true }).first();
}
