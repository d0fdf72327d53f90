import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startCommand } from "../support/chromium-edge.ts";
import { findChromium, signInByPage, startChromium, type WatchedPage } from "../support/chromium.ts";

describe.skipIf(findChromium() === undefined)("`openclaw-edge demo` in Chromium", () => {
  const stack = new AsyncDisposableStack();
  let watched: WatchedPage;
  let origin: string;

  beforeAll(async () => {
    const demo = stack.use(await startCommand(["demo", "--https-port", "0"], /Ctrl\+C/));
    const printed = (label: string): string => new RegExp(`^ +${label} +(\\S+)$`, "m").exec(demo.output())?.[1] as string;
    origin = new URL(printed("open")).origin;
    const server = { host: "127.0.0.1", port: Number(new URL(origin).port), servername: "localhost" };
    const browser = stack.use(await startChromium({ server }));
    watched = await browser.open();
    await watched.page.goto(origin);
    await signInByPage(watched, printed("user"), printed("password"));
  });
  afterAll(() => stack.disposeAsync());

  it("greets whoever signed in with the printed password, and shows the fields that the edge set", async () => {
    const { page } = watched;
    expect(await page.locator("h1").textContent()).toBe("Hello, demo");
    const identity = await page.locator("section.identity").innerText();
    for (const part of [
      "demo",
      // The only user is the owner.
      "operator.admin,operator.read,operator.write",
      "127.0.0.1",
      "https",
      new URL(origin).host,
    ]) {
      expect.soft(identity.replaceAll("\n", " ")).toContain(part);
    }
    expect(await page.locator(".note").getAttribute("class"), "the password did not arrive").toContain("good");
  });

  it("gets its WebSocket messages back, of 1 MiB too, and what is typed", async () => {
    const card = watched.page.locator("#websocket");
    await expect.poll(() => card.locator(".state").textContent()).toBe("open");
    await expect.poll(() => card.locator("li").allTextContents()).toHaveLength(3);
    expect((await card.locator("li").allTextContents())[2]).toContain("1,048,576 octets");
    await card.locator("input").fill("typed in Chromium");
    await card.locator("button").click();
    await expect.poll(() => card.locator("li").last().textContent()).toContain("“typed in Chromium”");
  });

  it("gets server-sent events one by one", async () => {
    const lines = watched.page.locator("#events li");
    await expect.poll(() => lines.count(), { timeout: 10_000 }).toBeGreaterThan(2);
    const delays = (await lines.allTextContents()).map((line) => Number(/, (\d+) ms on the way/.exec(line)?.[1]));
    // A proxy that buffered would give the first events late and all at once.
    expect(Math.max(...delays)).toBeLessThan(1_000);
  });

  it("sees that a user name of its own was thrown away", async () => {
    const lines = watched.page.locator("#echo li");
    await expect.poll(() => lines.count()).toBeGreaterThan(1);
    expect((await lines.allTextContents()).join("\n")).toMatch(/body of 65,536 octets arrived[^]*arrived: demo$/);
    await watched.screenshot("demo");
  });

  it("does all of it again after a reload", async () => {
    await watched.page.reload();
    expect(await watched.page.locator("h1").textContent()).toBe("Hello, demo");
    await expect.poll(() => watched.page.locator("#websocket .state").textContent()).toBe("open");
  });

  it("has no error on its console", () => {
    expect(watched.errors).toEqual([]);
    expect(watched.failures.filter((line) => !/^net::ERR_ABORTED .*\/events$/.test(line))).toEqual([]);
  });
});
