import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { hash } from "bcryptjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startCommand, type CommandProcess } from "../support/chromium-edge.ts";
import { findChromium, startChromium, type Browser } from "../support/chromium.ts";

describe.skipIf(findChromium() === undefined)("the edge's own pages in Chromium", () => {
  const stack = new AsyncDisposableStack();
  let port: number;
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
    const upstream = ["--upstream", `http://127.0.0.1:${await freePort()}`];
    edge = stack.use(await startCommand(["serve", "--domain", "localhost", ...ports, ...files, ...upstream], new RegExp(`\\b${port}\\b`)));
  });
  afterAll(() => stack.disposeAsync());

  const launch = (password: string): Promise<Browser> =>
    startChromium({ server: { host: "127.0.0.1", port, servername: "localhost" }, credentials: { username: "alice", password } });

  it("asks for sign-in with a page of its own when the password is wrong", async () => {
    await using browser = await launch("wrong");
    const { page, errors, screenshot } = await browser.open();
    const response = await page.goto(`https://localhost:${port}/`);
    expect(response?.status()).toBe(401);
    await screenshot("page-sign-in");
    expect(await page.locator("h1").textContent()).toMatch(/sign-in/i);
    expect(errors.filter((text) => /policy|refused/i.test(text))).toEqual([]);
  });

  it("says that the Gateway is not there, what to do, and under which id the log has it", async () => {
    await using browser = await launch("alice's own password");
    const { page, errors, screenshot } = await browser.open();
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
});

function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer().once("error", reject);
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo;
    server.close(() => resolve(port));
  });
  return promise;
}
