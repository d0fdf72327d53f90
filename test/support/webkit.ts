import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { freePort } from "./ports.ts";

const SCREENS = fileURLToPath(new URL("../../.cache/screens/", import.meta.url));
const DRIVER = "/usr/bin/WebKitWebDriver";
const DISPLAY_SERVER = "/usr/bin/Xvfb";
const BROWSERS = ["x86_64", "aarch64"].map((machine) => `/usr/lib/${machine}-linux-gnu/webkit2gtk-4.1/MiniBrowser`);
/** W3C WebDriver, "element identifier". */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

/** Why there is no WebKit here; undefined: there is one (Debian's webkit2gtk-driver, and xvfb for its window). */
export function missingWebKit(): string | undefined {
  if (!existsSync(DRIVER) || !BROWSERS.some((path) => existsSync(path))) return "Debian's package webkit2gtk-driver is not installed";
  return existsSync(DISPLAY_SERVER) ? undefined : "Debian's package xvfb is not installed";
}

/** A real WebKit with an empty profile, driven by W3C WebDriver. It takes every certificate. */
export interface WebKit extends AsyncDisposable {
  open(url: string): Promise<void>;
  url(): Promise<string>;
  /** The text that the first element for a CSS selector shows. */
  text(selector: string): Promise<string>;
  type(selector: string, text: string): Promise<void>;
  click(selector: string): Promise<void>;
  /** The value of an expression in the page; a promise is waited for. */
  evaluate(expression: string): Promise<unknown>;
  /** Saves what the page shows as .cache/screens/NAME.png. */
  screenshot(name: string): Promise<void>;
}

export async function startWebKit(): Promise<WebKit> {
  await using stack = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), "openclaw-edge-webkit-"));
  stack.defer(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));
  const display = `:${100 + (process.pid % 900)}`;
  const run = (path: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void => {
    const child = spawn(path, args, { stdio: "ignore", env: { PATH: process.env["PATH"], HOME: home, XDG_RUNTIME_DIR: home, ...env } });
    stack.defer(() => ended(child));
  };
  run(DISPLAY_SERVER, [display, "-screen", "0", "1280x900x24", "-nolisten", "tcp"]);
  const port = await freePort();
  // Its sandbox needs namespaces that a container may not have; it opens nothing but this test's own pages.
  const environment = {
    DISPLAY: display,
    GDK_BACKEND: "x11",
    NO_AT_BRIDGE: "1",
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
    LIBGL_ALWAYS_SOFTWARE: "1",
  };
  run(DRIVER, [`--port=${port}`, "--host=127.0.0.1"], environment);

  const call = async (method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const { value } = (await response.json()) as { readonly value: unknown };
    if (!response.ok) throw new Error(`WebDriver ${method} ${path}: ${JSON.stringify(value)}`);
    return value;
  };
  for (let attempt = 0; !(await call("GET", "/status").catch(() => undefined)); attempt += 1) {
    if (attempt === 100) throw new Error("WebKitWebDriver did not start within 10 s.");
    await sleep(100);
  }
  const binary = BROWSERS.find((path) => existsSync(path));
  const options = { acceptInsecureCerts: true, "webkitgtk:browserOptions": { binary, args: ["--automation"] } };
  const { sessionId } = (await call("POST", "/session", { capabilities: { alwaysMatch: options } })) as { readonly sessionId: string };
  const at = `/session/${sessionId}`;
  stack.defer(async () => void (await call("DELETE", at).catch(() => undefined)));
  const element = async (selector: string): Promise<string> => {
    const found = (await call("POST", `${at}/element`, { using: "css selector", value: selector })) as Readonly<Record<string, string>>;
    return `${at}/element/${found[ELEMENT]}`;
  };
  const owned = stack.move();

  return {
    open: async (url) => void (await call("POST", `${at}/url`, { url })),
    url: async () => (await call("GET", `${at}/url`)) as string,
    text: async (selector) => (await call("GET", `${await element(selector)}/text`)) as string,
    type: async (selector, text) => void (await call("POST", `${await element(selector)}/value`, { text })),
    click: async (selector) => void (await call("POST", `${await element(selector)}/click`, {})),
    evaluate: (expression) =>
      call("POST", `${at}/execute/async`, {
        script: `const done = arguments[0]; Promise.resolve(${expression}).then(done, (error) => done(String(error)))`,
        args: [],
      }),
    async screenshot(name) {
      await mkdir(SCREENS, { recursive: true });
      await writeFile(join(SCREENS, `${name}.png`), Buffer.from((await call("GET", `${at}/screenshot`)) as string, "base64"));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await exit;
  clearTimeout(force);
}
