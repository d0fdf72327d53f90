import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { hash } from "bcryptjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startCommand, type CommandProcess } from "../support/chromium-edge.ts";
import { findChromium, signInByPage, startChromium, type Browser } from "../support/chromium.ts";
import { freePort } from "../support/ports.ts";

describe.skipIf(findChromium() === undefined)("the edge's own pages in Chromium", () => {
  const stack = new AsyncDisposableStack();
  let port: number;
  let gatewayPort: number;
  let edge: CommandProcess;

  beforeAll(async () => {
    const directory = await mkdtemp(join(tmpdir(), "openclaw-edge-pages-"));
    stack.defer(() => rm(directory, { recursive: true, force: true }));
    const users = join(directory, "users.htpasswd");
    await writeFile(users, `alice:${await hash("alice's own password", 6)}\n`, { mode: 0o600 });
    port = await freePort();
    const ports = ["--https-port", String(port), "--http-port", "off", "--host", "127.0.0.1"];
    const files = ["--htpasswd", users, "--state", join(directory, "state"), "--tls", "internal"];
    // Nothing listens there.
    gatewayPort = await freePort();
    const upstream = ["--upstream", `http://127.0.0.1:${gatewayPort}`];
    edge = stack.use(await startCommand(["serve", "--domain", "localhost", ...ports, ...files, ...upstream], new RegExp(`\\b${port}\\b`)));
  });
  afterAll(() => stack.disposeAsync());

  const launch = (): Promise<Browser> => startChromium({ server: { host: "127.0.0.1", port, servername: "localhost" } });

  it("says that the Gateway is not there, what to do, and under which id the log has it", async () => {
    await using browser = await launch();
    const watched = await browser.open();
    const { page, errors, screenshot } = watched;
    await page.goto(`https://localhost:${port}/`);
    await signInByPage(watched, "alice", "alice's own password");
    const response = await page.goto(`https://localhost:${port}/`);
    await screenshot("page-gateway-down");
    expect(response?.status()).toBe(503);
    expect(Number(response?.headers()["retry-after"])).toBeGreaterThan(0);
    const text = await page.locator("main").innerText();
    expect(text).toContain("openclaw gateway status");
    const id = /Log id (\S+)/.exec(text)?.[1] as string;
    await expect.poll(() => edge.output(), { timeout: 5_000 }).toContain(id);
    expect(errors.filter((each) => /policy|refused to/i.test(each))).toEqual([]);
  });

  it("waits for the Gateway: not while it is starting, and loads the page by itself as soon as it is ready", async () => {
    await using browser = await launch();
    const watched = await browser.open();
    const { page, errors } = watched;
    await page.goto(`https://localhost:${port}/`);
    await signInByPage(watched, "alice", "alice's own password");
    await page.goto(`https://localhost:${port}/deep/link?x=1`);
    expect(await page.locator("main").innerText()).toContain("openclaw gateway status");
    let [isReady, asked] = [false, 0];
    const gateway = createServer((request, response) => {
      if (request.url === "/readyz") asked++;
      response.writeHead(isReady ? 200 : 503).end(`the Gateway's ${request.url}`);
    });
    stack.defer(() => void gateway.close());
    gateway.listen(gatewayPort, "127.0.0.1");
    await expect.poll(() => asked, { timeout: 20_000 }).toBeGreaterThan(1);
    expect(await page.locator("main").innerText()).toContain("openclaw gateway status");
    isReady = true;
    await page.getByText("the Gateway's /deep/link?x=1").waitFor({ timeout: 20_000 });
    expect(errors.filter((each) => /policy|refused to/i.test(each))).toEqual([]);
  });
});
